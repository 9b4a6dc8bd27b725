// Reads a segment from its header to its last valid record and checks every byte on the way.
//
// A torn tail (bytes after the last valid record that no complete valid record follows) is what a crash
// leaves and is reported as such; damage that valid records follow is corruption and an error, never
// skipped. Thread-safe as far as its arguments are; memory is bounded by one buffer.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/record.h"

namespace holdfast::journal {

struct SegmentScan {
  SegmentHeader header;
  uint32_t seed = 0;         // the header's checksum
  uint64_t valid_bytes = 0;  // of the file, up to the end of the last valid record
  uint64_t tail_bytes = 0;   // after that: torn, or beyond `stop_at`

  // At the end of the valid bytes:
  uint64_t end = 0;  // replication offset
  std::string replid;
  int db = 0;
  int64_t time_ms = 0;  // of the last group, or of the header

  uint64_t groups = 0;
  uint64_t commands = 0;  // of the stream, the server's own PING and SELECT included
};

struct ScanOptions {
  // The replication offset at which the next segment begins: what lies beyond it in this one was never
  // acknowledged and was written again there.
  uint64_t stop_at = std::numeric_limits<uint64_t>::max();
  // Receives the bytes of the file in order as they are read, the tail included. May be empty.
  std::function<Status(std::string_view)> sink;
  // Receives the bytes of the replication stream in order, with the offset before them, as they are read:
  // their group's checksum may turn out to be wrong afterwards. May be empty.
  std::function<Status(uint64_t offset, std::string_view bytes)> stream;
};

// kCorrupt names the file and the offset of the first bad group.
Result<SegmentScan> scan_segment(const FileReader& file, const ScanOptions& options = {});

// Only the header (and its prelude). `header_bytes` may be null.
Result<SegmentHeader> read_segment_header(const FileReader& file, uint32_t& seed, uint64_t* header_bytes);

// The last record of a segment that ends in a valid group line, without reading the rest; an error when
// the last line is anything else. Its group's bytes are not checked.
Result<GroupRecord> read_last_record(const FileReader& file);

}  // namespace holdfast::journal
