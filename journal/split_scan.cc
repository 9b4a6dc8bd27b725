#include "journal/split_scan.h"

#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "journal/segment_search.h"

namespace holdfast::journal {
namespace {

// The scan of the first half, as far as it is known without reading it: up to the end of a group in the
// middle. The id that holds there is not.
std::optional<SegmentScan> find_middle(const FileReader& file) {
  SegmentScan middle;
  auto header = read_segment_header(file, middle.seed, nullptr);
  if (!header.ok()) return std::nullopt;
  middle.header = std::move(header).value();
  auto found = find_group_after(file, file.size() / 2, middle.header.start, middle.seed);
  if (!found.ok() || !found.value()) return std::nullopt;
  const FoundGroup& group = *found.value();
  middle.valid_bytes = group.line_at + group.line_bytes;
  middle.end = group.record.end;
  middle.db = group.record.db;
  middle.time_ms = group.record.time_ms;
  return middle;
}

// What both halves say together; nothing where one of them has to be looked at again as a whole.
std::optional<SegmentScan> join(const SegmentScan& first, const SegmentScan& middle,
                                const Result<SegmentScan>& second) {
  const bool fits = first.valid_bytes == middle.valid_bytes && first.end == middle.end &&
                    first.db == middle.db && first.time_ms == middle.time_ms;
  if (!fits || !second.ok()) return std::nullopt;
  SegmentScan whole = second.value();
  if (whole.replid.empty()) whole.replid = first.replid;
  whole.groups += first.groups;
  whole.commands += first.commands;
  whole.own += first.own;
  return whole;
}

std::optional<SegmentScan> scan_halves(const FileReader& file) {
  const auto middle = find_middle(file);
  if (!middle) return std::nullopt;
  std::optional<Result<SegmentScan>> second;
  ScanOptions behind;
  behind.resume = &*middle;
  std::thread thread;
  try {
    thread = std::thread([&] { second.emplace(scan_segment(file, behind)); });
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  ScanOptions before;
  before.stop_at = middle->end;
  const auto first = scan_segment(file, before);
  thread.join();
  return first.ok() ? join(first.value(), *middle, *second) : std::nullopt;
}

}  // namespace

Result<SegmentScan> scan_segment_in_two(const FileReader& file, uint64_t split_bytes) {
  if (file.size() >= split_bytes) {
    if (auto whole = scan_halves(file)) return std::move(*whole);
  }
  return scan_segment(file);
}

}  // namespace holdfast::journal
