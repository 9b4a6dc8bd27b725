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

// What lies behind the last valid record of a segment.
enum class Tail {
  kNone,
  kInterrupted,  // the beginning of a group and nothing else: its write was interrupted, or goes on right now
  kDamaged,      // something else: blocks that a power cut left, or a last group that has been changed since
  kExcess,       // bytes behind `stop_at`: the next segment has what belongs there
  kLeftOut,      // `group` has ended the scan
};

struct SegmentScan {
  SegmentHeader header;
  uint32_t seed = 0;         // the header's checksum
  uint64_t valid_bytes = 0;  // of the file, up to the end of the last valid record
  uint64_t tail_bytes = 0;   // after that
  Tail tail = Tail::kNone;
  std::string tail_problem;  // kDamaged: what is wrong there

  // At the end of the valid bytes:
  uint64_t end = 0;  // replication offset
  std::string replid;
  int db = 0;
  int64_t time_ms = 0;  // of the last group, or of the header

  uint64_t groups = 0;
  uint64_t commands = 0;  // of the stream, all of them
  uint64_t own = 0;       // of these, what Redis adds by itself: PING, SELECT, REPLCONF, MULTI, EXEC
};

// A group whose checksum has matched.
struct ScannedGroup {
  uint64_t start = 0;      // replication offset before it
  uint64_t file_from = 0;  // of its first byte in the file
  uint64_t file_end = 0;   // after its record
  int db = 0;              // selected before it
  GroupRecord record;
  std::string_view replid;  // valid during the call
  uint64_t commands = 0;
  uint64_t own = 0;
};

// A part of a segment that cannot be read, with valid groups behind it.
struct Damage {
  uint64_t file_from = 0;
  uint64_t file_end = 0;
  uint64_t offset_from = 0;  // replication offsets that are lost
  uint64_t offset_end = 0;
  std::string problem;
};

struct ScanOptions {
  // The replication offset at which the next segment begins: what lies beyond it in this one was never
  // acknowledged and was written again there.
  uint64_t stop_at = std::numeric_limits<uint64_t>::max();
  // Goes on behind what an earlier scan of the same file found valid, with its figures. May be null.
  const SegmentScan* resume = nullptr;
  // Receives the bytes of the file in order as they are read, the tail included. May be empty.
  std::function<Status(std::string_view)> sink;
  // Receives the bytes of the replication stream in order, with the offset before them, as they are read:
  // their group's checksum may turn out to be wrong afterwards. May be empty.
  std::function<Status(uint64_t offset, std::string_view bytes)> stream;
  // Gets every group once it is known to be whole. False ends the scan before it. May be empty.
  std::function<Result<bool>(const ScannedGroup&)> group;
  // Damage in the middle is told here and the scan goes on behind it. Empty: it is an error.
  std::function<void(const Damage&)> damage;
  // Told how many bytes of the file have been read since the last call; an error ends the scan. May be empty.
  std::function<Status(uint64_t)> progress;
};

// kCorrupt names the file and the offset of the first bad group.
Result<SegmentScan> scan_segment(const FileReader& file, const ScanOptions& options = {});

// Only the header (and its prelude). `header_bytes` may be null.
Result<SegmentHeader> read_segment_header(const FileReader& file, uint32_t& seed, uint64_t* header_bytes);

// The last record of a segment that ends in a valid group line, without reading the rest; an error when
// the last line is anything else. Its group's bytes are not checked.
Result<GroupRecord> read_last_record(const FileReader& file);

}  // namespace holdfast::journal
