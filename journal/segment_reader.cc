#include "journal/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "journal/crc32c.h"
#include "resp/command_framer.h"

namespace holdfast::journal {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr std::string_view kGroupWords = "#HF group ";

Error corrupt(const FileReader& file, uint64_t offset, const std::string& what) {
  return Error(ErrorCode::kCorrupt,
               file.path() + ": corrupt at byte " + std::to_string(offset) + ": " + what);
}

// Room for at least two lines; no more than the file needs.
size_t buffer_bytes(const FileReader& file) {
  return static_cast<size_t>(std::clamp<uint64_t>(file.size(), 2 * kLineBytesMax, kBufferBytes));
}

class Scanner {
 public:
  Scanner(const FileReader& file, const ScanOptions& options)
      : file_(file), options_(options), buffer_(buffer_bytes(file)) {}

  Result<SegmentScan> run();

 private:
  enum class Step { kContinue, kStop, kBroken, kRefused };

  Result<bool> refill();  // false at the end of the file
  Step take_commands();
  Step take_line(std::string_view line);
  Result<SegmentScan> finish_broken();
  Result<bool> valid_group_at(uint64_t offset, std::string_view line) const;
  Result<std::optional<uint64_t>> find_valid_group_after(uint64_t offset) const;

  std::string_view window() const { return {buffer_.data() + from_, to_ - from_}; }
  uint64_t offset() const { return buffer_offset_ + from_; }

  const FileReader& file_;
  const ScanOptions& options_;
  SegmentScan scan_;
  resp::CommandFramer framer_;
  uint32_t crc_ = 0;             // of the open group so far
  uint64_t group_length_ = 0;    // of the open group so far
  uint64_t group_commands_ = 0;  // of the open group so far
  std::string problem_;          // why the scan broke off
  Status refusal_;               // of options_.stream

  std::vector<char> buffer_;
  uint64_t buffer_offset_ = 0;  // in the file, of buffer_[0]
  size_t from_ = 0;
  size_t to_ = 0;
};

Result<bool> Scanner::refill() {
  std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
  buffer_offset_ += from_;
  to_ -= from_;
  from_ = 0;
  auto n = file_.read_at(buffer_offset_ + to_, buffer_.data() + to_, buffer_.size() - to_);
  if (!n.ok()) return n.error();
  if (options_.sink && n.value() > 0) {
    if (Status taken = options_.sink({buffer_.data() + to_, n.value()}); !taken.ok()) return taken.error();
  }
  to_ += n.value();
  return n.value() > 0;
}

// Takes whole commands and the piece of one, up to a '#' or the end of the window.
Scanner::Step Scanner::take_commands() {
  const std::string_view bytes = window();
  size_t at = 0;
  Step step = Step::kContinue;
  while (at < bytes.size()) {
    // Only a command may begin here: a loader knows no blank lines.
    if (framer_.at_boundary() && bytes[at] != '*') {
      if (bytes[at] != '#') step = Step::kBroken;
      break;
    }
    size_t consumed = 0;
    const auto outcome = framer_.feed(bytes.data() + at, bytes.size() - at, consumed);
    at += consumed;
    if (outcome == resp::CommandFramer::Outcome::kError) {
      step = Step::kBroken;
      break;
    }
    if (outcome == resp::CommandFramer::Outcome::kCommand) ++group_commands_;
  }
  if (step == Step::kBroken) problem_ = "these bytes are not a command";
  crc_ = crc32c(crc_, bytes.data(), at);
  if (options_.stream && at > 0) {
    refusal_ = options_.stream(scan_.end + group_length_, bytes.substr(0, at));
    if (!refusal_.ok()) return Step::kRefused;
  }
  group_length_ += at;
  from_ += at;
  return step;
}

Scanner::Step Scanner::take_line(std::string_view line) {
  switch (line_kind(line)) {
    case LineKind::kGroup: {
      const auto record = parse_group(line, crc_);
      if (!record.ok()) {
        problem_ = record.error().message();
        return Step::kBroken;
      }
      if (record.value().length != group_length_ || record.value().end != scan_.end + group_length_) {
        problem_ = "the offsets of the group do not continue the ones before";
        return Step::kBroken;
      }
      if (record.value().end > options_.stop_at) {
        problem_ = "the group runs past offset " + std::to_string(options_.stop_at) +
                   ", where the next segment begins";
        return Step::kBroken;
      }
      scan_.end = record.value().end;
      scan_.db = record.value().db;
      scan_.time_ms = record.value().time_ms;
      scan_.groups += 1;
      scan_.commands += group_commands_;
      break;
    }
    case LineKind::kId: {
      const auto record = parse_id(line, scan_.seed);
      if (!record.ok() || record.value().from != scan_.end || group_length_ != 0) {
        problem_ = record.ok() ? "an id record stands in the wrong place" : record.error().message();
        return Step::kBroken;
      }
      scan_.replid = record.value().replid;
      break;
    }
    default:
      problem_ = "an unknown annotation line";
      return Step::kBroken;
  }
  crc_ = scan_.seed;
  group_length_ = 0;
  group_commands_ = 0;
  from_ += line.size();
  scan_.valid_bytes = offset();
  return scan_.end == options_.stop_at && line_kind(line) == LineKind::kGroup ? Step::kStop : Step::kContinue;
}

Result<SegmentScan> Scanner::run() {
  uint64_t header_bytes = 0;
  auto header = read_segment_header(file_, scan_.seed, &header_bytes);
  if (!header.ok()) return header.error();
  scan_.header = std::move(header).value();
  scan_.end = scan_.header.start;
  scan_.replid = scan_.header.replid;
  scan_.db = scan_.header.db;
  scan_.time_ms = scan_.header.time_ms;
  scan_.valid_bytes = header_bytes;
  crc_ = scan_.seed;
  if (auto first = refill(); !first.ok()) return first.error();
  from_ = static_cast<size_t>(header_bytes);

  while (true) {
    const Step step = take_commands();
    if (step == Step::kRefused) return refusal_.error();
    if (step == Step::kBroken) return finish_broken();
    const size_t newline =
        framer_.at_boundary() ? window().substr(0, kLineBytesMax).find('\n') : std::string_view::npos;
    if (newline != std::string_view::npos) {
      const Step line_step = take_line(window().substr(0, newline + 1));
      if (line_step == Step::kBroken) return finish_broken();
      if (line_step == Step::kStop) {
        scan_.tail_bytes = file_.size() - scan_.valid_bytes;
        return scan_;
      }
      continue;
    }
    if (window().size() >= kLineBytesMax) {
      problem_ = "an annotation line that does not end";
      return finish_broken();
    }
    const auto more = refill();
    if (!more.ok()) return more.error();
    if (more.value()) continue;
    if (scan_.valid_bytes == file_.size()) return scan_;
    problem_ = "the file ends inside a group";
    return finish_broken();
  }
}

// The bytes after the last valid record are not a group. Torn, or corrupt?
Result<SegmentScan> Scanner::finish_broken() {
  auto later = find_valid_group_after(scan_.valid_bytes);
  if (!later.ok()) return later.error();
  if (later.value()) {
    return corrupt(file_, scan_.valid_bytes,
                   problem_ + "; a valid record follows at byte " + std::to_string(*later.value()) +
                       ", so this is damage and not an interrupted write");
  }
  if (options_.sink) {  // it has a right to the whole file
    for (from_ = to_; true; from_ = to_) {
      const auto more = refill();
      if (!more.ok()) return more.error();
      if (!more.value()) break;
    }
  }
  scan_.tail_bytes = file_.size() - scan_.valid_bytes;
  return scan_;
}

Result<std::optional<uint64_t>> Scanner::find_valid_group_after(uint64_t offset) const {
  std::vector<char> bytes(buffer_bytes(file_));
  while (true) {
    auto n = file_.read_at(offset, bytes.data(), bytes.size());
    if (!n.ok()) return n.error();
    const std::string_view piece(bytes.data(), n.value());
    for (size_t at = piece.find(kGroupWords); at != std::string_view::npos;
         at = piece.find(kGroupWords, at + 1)) {
      const size_t newline = piece.substr(at, kLineBytesMax).find('\n');
      if (newline == std::string_view::npos) continue;
      auto valid = valid_group_at(offset + at, piece.substr(at, newline + 1));
      if (!valid.ok()) return valid.error();
      if (valid.value()) return std::optional<uint64_t>(offset + at);
    }
    if (n.value() < bytes.size()) return std::optional<uint64_t>();
    offset += n.value() - kLineBytesMax;  // a line may straddle two pieces
  }
}

// Does a complete group of this file end in the line at `offset`? What clients store can look like a
// line, but cannot have the checksum: that starts from the file's salt.
Result<bool> Scanner::valid_group_at(uint64_t offset, std::string_view line) const {
  const auto record = parse_group_unchecked(line);
  if (!record.ok() || record.value().length > offset - scan_.valid_bytes ||
      record.value().end < scan_.end + record.value().length)
    return false;
  uint32_t crc = scan_.seed;
  std::vector<char> bytes(buffer_bytes(file_));
  for (uint64_t left = record.value().length; left > 0;) {
    auto n = file_.read_at(offset - left, bytes.data(), std::min<uint64_t>(left, bytes.size()));
    if (!n.ok()) return n.error();
    if (n.value() == 0) return false;
    crc = crc32c(crc, bytes.data(), n.value());
    left -= n.value();
  }
  return parse_group(line, crc).ok();
}

}  // namespace

Result<SegmentScan> scan_segment(const FileReader& file, const ScanOptions& options) {
  return Scanner(file, options).run();
}

Result<SegmentHeader> read_segment_header(const FileReader& file, uint32_t& seed, uint64_t* header_bytes) {
  char bytes[2 * kLineBytesMax];
  auto n = file.read_at(0, bytes, sizeof bytes);
  if (!n.ok()) return n.error();
  const std::string_view start(bytes, n.value());
  const size_t newline = start.substr(0, kLineBytesMax).find('\n');
  if (newline == std::string_view::npos) return corrupt(file, 0, "there is no segment header");
  auto header = parse_header(start.substr(0, newline + 1), seed);
  if (!header.ok()) return corrupt(file, 0, header.error().message());
  const std::string prelude = select_prelude(header.value().db);
  if (!start.substr(newline + 1).starts_with(prelude))
    return corrupt(file, newline + 1, "the SELECT after the header is not what it should be");
  if (header_bytes != nullptr) *header_bytes = newline + 1 + prelude.size();
  return header;
}

Result<GroupRecord> read_last_record(const FileReader& file) {
  char bytes[kLineBytesMax];
  const size_t size = std::min<uint64_t>(file.size(), sizeof bytes);
  auto n = file.read_at(file.size() - size, bytes, size);
  if (!n.ok()) return n.error();
  const std::string_view tail(bytes, n.value());
  const size_t line = tail.rfind(kGroupWords);
  if (line == std::string_view::npos) return corrupt(file, file.size(), "it does not end in a group record");
  auto record = parse_group_unchecked(tail.substr(line));
  if (!record.ok()) return corrupt(file, file.size() - tail.size() + line, record.error().message());
  return record;
}

}  // namespace holdfast::journal
