#include "journal/overview.h"

#include <algorithm>

#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

SegmentOverview segment_overview(const OpenGeneration::Segment& segment, std::string& replid) {
  SegmentOverview facts;
  facts.file = segment_name(segment.header.sequence);
  facts.bytes = segment.file->size();
  facts.start = facts.end = segment.header.start;
  facts.from_ms = facts.to_ms = segment.header.time_ms;
  replid = segment.header.replid;
  const bool has_next = segment.stop_at != ScanOptions().stop_at;
  const auto last = read_last_record(*segment.file);
  const bool fits =
      last.ok() && (has_next ? last.value().end == segment.stop_at : last.value().end > segment.header.start);
  if (fits) {
    facts.end = last.value().end;
    facts.to_ms = last.value().time_ms;
    return facts;
  }
  // Something is behind its last record: only reading tells where that is.
  ScanOptions options;
  options.stop_at = segment.stop_at;
  options.damage = [](const Damage&) {};
  const auto scan = scan_segment(*segment.file, options);
  if (!scan.ok()) return facts;
  facts.end = scan.value().end;
  facts.to_ms = scan.value().time_ms;
  replid = scan.value().replid;
  return facts;
}

}  // namespace

Result<std::vector<GenerationOverview>> look_over(const Archive& archive) {
  std::vector<GenerationOverview> all;
  for (const Generation& generation : archive.generations) {
    auto opened = open_generation(archive.dir, generation.number());
    if (!opened.ok()) {
      if (opened.error().code() == ErrorCode::kInvalid) continue;  // retention has just removed it
      return opened.error();
    }
    const OpenGeneration& files = opened.value();
    GenerationOverview facts;
    facts.number = generation.number();
    facts.is_current = files.is_current;
    facts.is_aside = generation.is_aside;
    facts.bytes = files.bytes();
    facts.damage = files.damage;
    for (const OpenGeneration::Base& base : files.bases) {
      facts.bases.push_back(base.facts);
      if (base.damage && !facts.damage) facts.damage = base.damage;
    }
    facts.replid = facts.bases.back().replid;
    facts.start = facts.bases.front().offset;
    facts.from_ms = facts.bases.front().time_ms;
    facts.end = facts.bases.back().offset;
    facts.to_ms = facts.bases.back().time_ms;
    for (const OpenGeneration::Segment& segment : files.segments) {
      facts.segments.push_back(segment_overview(segment, facts.replid));
      facts.end = std::max(facts.end, facts.segments.back().end);
      facts.to_ms = std::max(facts.to_ms, facts.segments.back().to_ms);
    }
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace holdfast::journal
