#include "journal/segment_search.h"

#include <algorithm>
#include <string>
#include <vector>

#include "journal/crc32c.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr std::string_view kGroupWords = "#HF group ";

size_t buffer_bytes(const FileReader& file) {
  return static_cast<size_t>(std::clamp<uint64_t>(file.size(), 2 * kLineBytesMax, kBufferBytes));
}

// Is this line the record of a group that begins at `from` or later, with the right checksum?
Result<bool> closes_a_group(const FileReader& file, uint64_t line_at, std::string_view line,
                            const GroupRecord& record, uint64_t from, uint64_t end, uint32_t seed) {
  if (record.length > line_at - from || record.end < end || record.end - end < record.length) return false;
  uint32_t crc = seed;
  std::vector<char> bytes(buffer_bytes(file));
  for (uint64_t left = record.length; left > 0;) {
    auto n = file.read_at(line_at - left, bytes.data(), std::min<uint64_t>(left, bytes.size()));
    if (!n.ok()) return n.error();
    if (n.value() == 0) return false;
    crc = crc32c(crc, bytes.data(), n.value());
    left -= n.value();
  }
  return parse_group(line, crc).ok();
}

}  // namespace

Result<std::optional<FoundGroup>> find_group_after(const FileReader& file, uint64_t from, uint64_t end,
                                                   uint32_t seed) {
  std::vector<char> bytes(buffer_bytes(file));
  for (uint64_t at = from; true;) {
    auto n = file.read_at(at, bytes.data(), bytes.size());
    if (!n.ok()) return n.error();
    const std::string_view piece(bytes.data(), n.value());
    for (size_t line = piece.find(kGroupWords); line != std::string_view::npos;
         line = piece.find(kGroupWords, line + 1)) {
      const size_t newline = piece.substr(line, kLineBytesMax).find('\n');
      if (newline == std::string_view::npos) continue;
      const std::string_view text = piece.substr(line, newline + 1);
      const auto record = parse_group_unchecked(text);
      if (!record.ok()) continue;
      auto valid = closes_a_group(file, at + line, text, record.value(), from, end, seed);
      if (!valid.ok()) return valid.error();
      if (valid.value()) return std::optional(FoundGroup{at + line, text.size(), record.value()});
    }
    if (n.value() < bytes.size()) return std::optional<FoundGroup>();
    at += n.value() - kLineBytesMax;  // a line may straddle two pieces
  }
}

bool ends_in_a_fitting_record(const FileReader& file, uint64_t from, uint64_t end) {
  char bytes[kLineBytesMax];
  const size_t size = std::min<uint64_t>(file.size() - from, sizeof bytes);
  const auto n = file.read_at(file.size() - size, bytes, size);
  if (!n.ok()) return false;
  const std::string_view tail(bytes, n.value());
  const size_t line = tail.rfind(kGroupWords);
  if (line == std::string_view::npos) return false;
  const auto record = parse_group_unchecked(tail.substr(line));
  if (!record.ok()) return false;
  const uint64_t length = file.size() - (tail.size() - line) - from;
  return record.value().length == length && record.value().end == end + length;
}

bool may_go_on_as_a_record(std::string_view bytes, uint64_t end, uint64_t length) {
  const std::string group =
      "#HF group end=" + std::to_string(end) + " length=" + std::to_string(length) + " time=";
  const std::string id = "#HF id replid=";
  for (const std::string& begin : {group, id}) {
    const size_t common = std::min(bytes.size(), begin.size());
    if (bytes.substr(0, common) != std::string_view(begin).substr(0, common)) continue;
    // The rest is fields and ends in CR LF, of which the LF is not there yet.
    const std::string_view rest = bytes.substr(common);
    const size_t other = rest.find_first_not_of("0123456789abcdef =rmo-");
    return other == std::string_view::npos || (rest[other] == '\r' && other + 1 == rest.size());
  }
  return false;
}

}  // namespace holdfast::journal
