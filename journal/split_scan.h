// Reads a large segment with two threads, each its half: what a start waits for.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {

inline constexpr uint64_t kSplitScanBytes = 16u << 20;

// The same answer as scan_segment(file), whatever is in it. A file below `split_bytes` is read by the
// caller's thread alone, and so is one in which something is wrong. Memory: twice that of a scan.
Result<SegmentScan> scan_segment_in_two(const FileReader& file, uint64_t split_bytes = kSplitScanBytes);

}  // namespace holdfast::journal
