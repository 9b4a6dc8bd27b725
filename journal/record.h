// The #HF lines inside a segment: their fields, their exact text and their checksums.
//
// docs/journal-format.md is the reference. Pure values, no I/O. A line is text that ends in CRLF, is
// shorter than 1,024 bytes and begins with '#', so Redis's loader and redis-check-aof skip it (aof.c,
// loadSingleAppendOnlyFile). Every line ends in its own CRC-32C in hex; that of a record starts from the
// header's, so a record belongs to one file and cannot be forged by what clients store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr size_t kLineBytesMax = 1023;  // CRLF included; aof.h: AOF_ANNOTATION_LINE_MAX_LEN is 1024
inline constexpr size_t kReplidBytes = 40;

// The first line of a segment.
struct SegmentHeader {
  uint64_t sequence = 0;
  uint64_t generation = 0;
  std::string replid;
  uint64_t start = 0;   // replication offset before the first byte of the first group
  int db = 0;           // selected at `start`
  int64_t time_ms = 0;  // when the segment was made, Unix time
  uint64_t salt = 0;    // random: makes the checksums of this file its own

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// Closes a group: the bytes of the replication stream since the record before.
struct GroupRecord {
  uint64_t end = 0;     // replication offset after the group
  uint64_t length = 0;  // bytes of the group
  int64_t time_ms = 0;  // when it was written, never less than in the record before
  int db = 0;           // selected after the group

  friend bool operator==(const GroupRecord&, const GroupRecord&) = default;
};

// From offset `from` on, the same history goes by another replication id (+CONTINUE <new id>).
struct IdRecord {
  std::string replid;
  uint64_t from = 0;

  friend bool operator==(const IdRecord&, const IdRecord&) = default;
};

// Which kind of line this is, by its first words.
enum class LineKind { kSegment, kGroup, kId, kOther };
LineKind line_kind(std::string_view line);

// The whole line with its CRLF. `crc` receives its checksum: the seed of every record in the file.
std::string format_header(const SegmentHeader& header, uint32_t& crc);
// `crc_of_bytes`: the header's checksum continued over the bytes of the group.
std::string format_group(const GroupRecord& record, uint32_t crc_of_bytes);
std::string format_id(const IdRecord& record, uint32_t seed);

// `line` with its CRLF. An error says what is wrong with the line: not of this form, or a wrong checksum.
Result<SegmentHeader> parse_header(std::string_view line, uint32_t& crc);
Result<GroupRecord> parse_group(std::string_view line, uint32_t crc_of_bytes);
Result<IdRecord> parse_id(std::string_view line, uint32_t seed);

// The fields of a group line without a look at its checksum, for a search through damaged bytes.
Result<GroupRecord> parse_group_unchecked(std::string_view line);

// The command that follows a header: a loader starts every file in database 0.
std::string select_prelude(int db);

bool is_replid(std::string_view text);

}  // namespace holdfast::journal
