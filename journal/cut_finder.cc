#include "journal/cut_finder.h"

#include <algorithm>

#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

class CutFinder {
 public:
  CutFinder(const std::string& dir, OpenGeneration generation, const CutLimit& limit,
            const CutRequest& request)
      : limit_(limit), request_(request) {
    // The newest base that is not after the limit. Where one is damaged, the one before it and all segments
    // from there on give the same data.
    for (size_t i = 0; i < generation.bases.size(); ++i) {
      const OpenGeneration::Base& base = generation.bases[i];
      if (base.facts.offset > limit_.offset || base.facts.time_ms > limit_.time_ms) continue;
      const bool is_distrusted = std::find(request_.distrusted.begin(), request_.distrusted.end(),
                                           base.facts.sequence) != request_.distrusted.end();
      if (i == 0 || (!base.damage && !is_distrusted))
        cut_.base = i;
      else
        cut_.remarks.push_back((base.damage
                                    ? base.damage->message()
                                    : dir + "/" + base_name(base.facts.sequence) +
                                          ": corrupt: the checksum of the whole file does not match") +
                               "; an earlier base was taken");
    }
    const Manifest::Base& base = generation.bases[cut_.base].facts;
    cut_.segments_end = generation.bases[cut_.base].first_segment;
    cut_.offset = cut_.group_end = base.offset;
    cut_.time_ms = base.time_ms;
    cut_.replid = base.replid;
    cut_.generation = std::move(generation);
  }

  Result<Cut> run();

 private:
  size_t first_segment() const;
  bool believe_the_last_record();
  Status scan(size_t index);
  Result<bool> take(size_t index, const ScannedGroup& group);
  Status cut_inside(size_t index, const ScannedGroup& group);
  Result<bool> look_for_next(size_t index, const ScannedGroup& group);
  void include(size_t index, const ScannedGroup& group);
  Status stop_at_damage(const Error& damage);

  const CutLimit& limit_;
  const CutRequest& request_;
  Cut cut_;
  bool found_ = false;  // the cut is known; only what comes next is looked for
};

// Where the last group before the cut may be: everything in the segments before lies before it.
size_t CutFinder::first_segment() const {
  const auto& segments = cut_.generation.segments;
  size_t index = cut_.from().first_segment;
  if (request_.until_damage) return index;  // damage may be anywhere
  for (size_t i = index; i < segments.size(); ++i) {
    if (segments[i].header.start < limit_.offset && segments[i].header.time_ms <= limit_.time_ms) index = i;
  }
  return index;
}

void CutFinder::include(size_t index, const ScannedGroup& group) {
  cut_.offset = cut_.group_end = group.record.end;
  cut_.time_ms = group.record.time_ms;
  cut_.db = group.record.db;
  cut_.replid = group.replid;
  cut_.segments_end = index + 1;
  cut_.file_end = group.file_end;
}

Status CutFinder::cut_inside(size_t index, const ScannedGroup& group) {
  CommandReader reader(*cut_.generation.segments[index].file);
  reader.begin(group);
  StreamCommand command;
  uint64_t safe = group.start;
  int db = group.db;
  int db_there = group.db;
  while (true) {
    auto more = reader.next(command);
    if (!more.ok()) return more.error();
    if (command.cut_before > safe && command.cut_before <= limit_.offset) {
      safe = command.cut_before;
      db_there = db;
    }
    if (!more.value() || command.end > limit_.offset) break;
    db = command.db;
  }
  if (safe == group.start) return {};
  include(index, group);
  cut_.offset = safe;
  cut_.db = db_there;
  cut_.file_end = group.file_from + (safe - group.start);
  return {};
}

// False: it is found, or nothing is to be found in this group's segment.
Result<bool> CutFinder::look_for_next(size_t index, const ScannedGroup& group) {
  CommandReader reader(*cut_.generation.segments[index].file);
  reader.begin(group);
  StreamCommand command;
  while (true) {
    auto more = reader.next(command);
    if (!more.ok()) return more.error();
    if (!more.value()) return true;
    if (command.is_own || command.start < cut_.offset) continue;
    cut_.next = note_command(command, group.record.time_ms);
    return false;
  }
}

Result<bool> CutFinder::take(size_t index, const ScannedGroup& group) {
  if (!found_) {
    found_ = group.record.time_ms > limit_.time_ms || group.start >= limit_.offset;
    if (!found_ && group.record.end > limit_.offset) {
      found_ = true;
      if (Status cut = cut_inside(index, group); !cut.ok()) return cut.error();
    } else if (!found_) {
      include(index, group);
    }
  }
  return found_ ? look_for_next(index, group) : Result<bool>(true);
}

Status CutFinder::stop_at_damage(const Error& damage) {
  // What lies behind the cut does not matter. Of a damaged group the offsets are known, but not the time.
  if (found_ || cut_.offset == limit_.offset) return {};
  if (!request_.until_damage) return damaged(damage);
  cut_.damage = damage;
  found_ = true;
  return {};
}

Status CutFinder::scan(size_t index) {
  const OpenGeneration::Segment& segment = cut_.generation.segments[index];
  ScanOptions options;
  options.stop_at = segment.stop_at;
  options.group = [&](const ScannedGroup& group) { return take(index, group); };
  options.progress = request_.progress;
  auto scan = scan_segment(*segment.file, options);
  if (!scan.ok())
    return scan.error().code() == ErrorCode::kCorrupt ? stop_at_damage(scan.error()) : scan.error();
  const SegmentScan& facts = scan.value();
  if (facts.tail == Tail::kLeftOut) return {};
  const bool is_last = index + 1 == cut_.generation.segments.size() && !cut_.generation.damage;
  const std::string where = segment.file->path() + ": corrupt at byte " + std::to_string(facts.valid_bytes);
  if (facts.groups == 0 || (segment.stop_at != ScanOptions().stop_at && facts.end != segment.stop_at)) {
    return stop_at_damage(Error(ErrorCode::kCorrupt, where + ": from here on groups are damaged or missing"));
  }
  if (is_last && facts.tail == Tail::kDamaged) {
    return stop_at_damage(Error(ErrorCode::kCorrupt, where + ": " + facts.tail_problem + "; these last " +
                                                         std::to_string(facts.tail_bytes) +
                                                         " bytes are what a power cut left, or damage"));
  }
  if (is_last && facts.tail == Tail::kInterrupted && !found_) {
    cut_.remarks.push_back("left out " + std::to_string(facts.tail_bytes) +
                           " bytes at the end that were being written");
  }
  return {};
}

// The end of the journal without reading it, where it looks whole.
bool CutFinder::believe_the_last_record() {
  const auto& segments = cut_.generation.segments;
  if (!request_.unread_end || !limit_.is_none() || request_.until_damage ||
      segments.size() <= cut_.from().first_segment || cut_.generation.damage)
    return false;
  const OpenGeneration::Segment& last = segments.back();
  const auto record = read_last_record(*last.file);
  if (!record.ok() || record.value().end <= last.header.start) return false;
  cut_.offset = cut_.group_end = record.value().end;
  cut_.time_ms = record.value().time_ms;
  cut_.db = record.value().db;
  cut_.replid = last.header.replid;
  cut_.segments_end = segments.size();
  cut_.file_end = last.file->size();
  cut_.at_end = true;
  return true;
}

Result<Cut> CutFinder::run() {
  const auto& generation = cut_.generation;
  if (cut_.from().damage) return *cut_.from().damage;  // nothing can be had without its base
  if (believe_the_last_record()) return std::move(cut_);
  const size_t first = first_segment();
  // What the segments before hold is in; it is the state before the first group that is read.
  if (first > cut_.from().first_segment) {
    const SegmentHeader& header = generation.segments[first].header;
    cut_.offset = cut_.group_end = header.start;
    const auto last = read_last_record(*generation.segments[first - 1].file);
    cut_.time_ms = last.ok() && last.value().end == header.start ? last.value().time_ms : header.time_ms;
    cut_.db = header.db;
    cut_.replid = header.replid;
    cut_.segments_end = first;
    cut_.file_end = generation.segments[first - 1].file->size();
  }
  for (size_t i = first; i < generation.segments.size() && !cut_.next && !cut_.damage; ++i) {
    if (Status scanned = scan(i); !scanned.ok()) return scanned.error();
  }
  if (generation.damage && !cut_.damage) {
    if (Status stopped = stop_at_damage(*generation.damage); !stopped.ok()) return stopped.error();
  }
  cut_.at_end = !found_;
  return std::move(cut_);
}

}  // namespace

Error damaged(const Error& damage) {
  // A full disk under the target, say, is no damage of the journal.
  if (damage.code() != ErrorCode::kCorrupt) return damage;
  return Error(damage.code(), damage.message() + "; what lies before it can be restored with --until-damage");
}

Result<Cut> find_cut_in_generation(const std::string& dir, uint64_t number, const CutLimit& limit,
                                   const CutRequest& request) {
  auto generation = open_generation(dir, number);
  if (!generation.ok()) return generation.error();
  return CutFinder(dir, std::move(generation).value(), limit, request).run();
}

}  // namespace holdfast::journal
