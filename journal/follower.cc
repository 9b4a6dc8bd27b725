#include "journal/follower.h"

#include <algorithm>

#include "journal/archive.h"
#include "journal/segment_file.h"

namespace holdfast::journal {
namespace {

// All segments of a generation, in order.
std::vector<uint64_t> segments_of(const Manifest& manifest) {
  std::vector<uint64_t> all;
  for (const Manifest::Stretch& stretch : manifest.stretches())
    all.insert(all.end(), stretch.segments.begin(), stretch.segments.end());
  return all;
}

}  // namespace

Follower::Follower(std::string dir, uint64_t generation, uint64_t first_sequence, WalkOptions options)
    : dir_(std::move(dir)),
      generation_(generation),
      options_(std::move(options)),
      sequence_(first_sequence) {}

Status Follower::read_segment(uint64_t sequence, const CommandVisitor& visit) {
  if (sequence != sequence_) begun_ = false;
  sequence_ = sequence;
  // What only the redo log has is there from the beginning or not at all: while Holdfast writes, the segment
  // has everything.
  std::optional<Redo> redo;
  if (!begun_) {
    auto read = read_redo(dir_);
    if (!read.ok()) return read.error();
    redo = std::move(read).value();
  }
  bool missing = false;
  auto file = open_segment(dir_, sequence, redo, &missing);
  if (!file.ok()) return missing ? Status() : Status(file.error());  // retention was faster
  if (begun_ && file.value()->size() <= scan_.valid_bytes) return {};
  CommandReader reader(*file.value());
  ScanOptions options;
  const SegmentScan before = scan_;
  if (begun_) options.resume = &before;
  options.group = [&](const ScannedGroup& group) -> Result<bool> {
    Status walked = walk_group(reader, group, generation_, options_, visit);
    if (!walked.ok()) return walked.error();
    return true;
  };
  auto scan = scan_segment(*file.value(), options);
  if (!scan.ok()) return scan.error();
  scan_ = std::move(scan).value();
  begun_ = true;
  return {};
}

// True: there is more to read at once.
Result<bool> Follower::step_once(const CommandVisitor& visit) {
  // The manifest first: a segment behind which it names another one has all that it will ever have.
  auto archive = read_archive(dir_);
  if (!archive.ok()) return archive.error();
  const Generation* ours = archive.value().find(generation_);
  if (ours == nullptr) {
    // Retention took it; what is left begins later.
    generation_ = archive.value().generations.back().number();
    sequence_ = 0;
    return true;
  }
  for (const uint64_t sequence : segments_of(ours->manifest)) {
    if (sequence < sequence_) continue;
    if (Status read = read_segment(sequence, visit); !read.ok()) return read.error();
  }
  if (ours->is_current) return false;
  for (const Generation& generation : archive.value().generations) {
    if (generation.number() <= generation_ || generation.is_aside()) continue;
    generation_ = generation.number();
    sequence_ = 0;
    options_.after = 0;  // offsets may begin anew
    return true;
  }
  return false;
}

Status Follower::step(const CommandVisitor& visit) {
  while (true) {
    auto more = step_once(visit);
    if (!more.ok()) return more.error();
    if (!more.value()) return {};
  }
}

}  // namespace holdfast::journal
