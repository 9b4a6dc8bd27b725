#include "journal/record.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "journal/crc32c.h"
#include "journal/line_fields.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kSegmentWords = "#HF segment ";
constexpr std::string_view kGroupWords = "#HF group ";
constexpr std::string_view kIdWords = "#HF id ";
constexpr size_t kChecksumBytes = 8 + 2;  // hex digits and CRLF

std::string hex(uint64_t value, int digits) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*" PRIx64, digits, value);
  return text;
}

// Closes a line that ends in "crc=".
std::string sealed(std::string line, uint32_t crc_before, uint32_t& crc) {
  crc = crc32c(crc_before, line);
  return std::move(line) + hex(crc, 8) + "\r\n";
}

Error malformed(std::string_view what) {
  return Error(ErrorCode::kCorrupt, "not a complete " + std::string(what) + " line");
}

// Checks that the line ends in the checksum of what stands before it.
bool checksum_matches(std::string_view line, uint32_t crc_before, uint32_t& crc) {
  uint32_t written = 0;
  LineFields fields(line.substr(line.size() - kChecksumBytes));
  fields.hex(written, 8);
  fields.literal("\r\n");
  crc = crc32c(crc_before, line.substr(0, line.size() - kChecksumBytes));
  return fields.at_end() && written == crc;
}

Error wrong_checksum(std::string_view what) {
  return Error(ErrorCode::kCorrupt, "the checksum of the " + std::string(what) + " does not match");
}

}  // namespace

LineKind line_kind(std::string_view line) {
  if (line.starts_with(kGroupWords)) return LineKind::kGroup;
  if (line.starts_with(kIdWords)) return LineKind::kId;
  if (line.starts_with(kSegmentWords)) return LineKind::kSegment;
  return LineKind::kOther;
}

std::string format_header(const SegmentHeader& header, uint32_t& crc) {
  std::string line(kSegmentWords);
  line += "version=1 seq=" + std::to_string(header.sequence);
  line += " generation=" + std::to_string(header.generation);
  line += " replid=" + header.replid;
  line += " start=" + std::to_string(header.start);
  line += " db=" + std::to_string(header.db);
  line += " time=" + std::to_string(header.time_ms);
  line += " salt=" + hex(header.salt, 16);
  return sealed(std::move(line) + " crc=", 0, crc);
}

std::string format_group(const GroupRecord& record, uint32_t crc_of_bytes) {
  char text[160];
  const int size =
      std::snprintf(text, sizeof text,
                    "#HF group end=%" PRIu64 " length=%" PRIu64 " time=%" PRId64 " db=%d crc=", record.end,
                    record.length, record.time_ms, record.db);
  uint32_t crc = 0;
  return sealed(std::string(text, static_cast<size_t>(size)), crc_of_bytes, crc);
}

std::string format_id(const IdRecord& record, uint32_t seed) {
  std::string line(kIdWords);
  line += "replid=" + record.replid + " from=" + std::to_string(record.from) + " crc=";
  uint32_t crc = 0;
  return sealed(std::move(line), seed, crc);
}

Result<SegmentHeader> parse_header(std::string_view line, uint32_t& crc) {
  SegmentHeader header;
  uint32_t written = 0;
  LineFields fields(line);
  fields.literal(kSegmentWords);
  fields.literal("version=1 seq=");
  fields.number(header.sequence);
  fields.literal(" generation=");
  fields.number(header.generation);
  fields.literal(" replid=");
  fields.text(header.replid, kReplidBytes);
  fields.literal(" start=");
  fields.number(header.start);
  fields.literal(" db=");
  fields.number(header.db);
  fields.literal(" time=");
  fields.number(header.time_ms);
  fields.literal(" salt=");
  fields.hex(header.salt, 16);
  fields.literal(" crc=");
  fields.hex(written, 8);
  fields.literal("\r\n");
  if (!fields.at_end() || !is_replid(header.replid)) return malformed("segment header");
  if (!checksum_matches(line, 0, crc)) return wrong_checksum("segment header");
  return header;
}

Result<GroupRecord> parse_group_unchecked(std::string_view line) {
  GroupRecord record;
  uint32_t written = 0;
  LineFields fields(line);
  fields.literal(kGroupWords);
  fields.literal("end=");
  fields.number(record.end);
  fields.literal(" length=");
  fields.number(record.length);
  fields.literal(" time=");
  fields.number(record.time_ms);
  fields.literal(" db=");
  fields.number(record.db);
  fields.literal(" crc=");
  fields.hex(written, 8);
  fields.literal("\r\n");
  if (!fields.at_end()) return malformed("group record");
  return record;
}

Result<GroupRecord> parse_group(std::string_view line, uint32_t crc_of_bytes) {
  auto record = parse_group_unchecked(line);
  uint32_t crc = 0;
  if (record.ok() && !checksum_matches(line, crc_of_bytes, crc)) return wrong_checksum("group");
  return record;
}

Result<IdRecord> parse_id(std::string_view line, uint32_t seed) {
  IdRecord record;
  uint32_t written = 0;
  LineFields fields(line);
  fields.literal(kIdWords);
  fields.literal("replid=");
  fields.text(record.replid, kReplidBytes);
  fields.literal(" from=");
  fields.number(record.from);
  fields.literal(" crc=");
  fields.hex(written, 8);
  fields.literal("\r\n");
  if (!fields.at_end() || !is_replid(record.replid)) return malformed("id record");
  uint32_t crc = 0;
  if (!checksum_matches(line, seed, crc)) return wrong_checksum("id record");
  return record;
}

std::string select_prelude(int db) {
  const std::string number = std::to_string(db);
  return "*2\r\n$6\r\nSELECT\r\n$" + std::to_string(number.size()) + "\r\n" + number + "\r\n";
}

bool is_replid(std::string_view text) {
  return text.size() == kReplidBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace holdfast::journal
