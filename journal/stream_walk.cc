#include "journal/stream_walk.h"

#include "journal/segment_reader.h"

namespace holdfast::journal {

Status walk_group(CommandReader& reader, const ScannedGroup& group, uint64_t generation,
                  const WalkOptions& options, const CommandVisitor& visit) {
  if (group.record.end <= options.after || group.record.time_ms < options.from_ms) return {};
  reader.begin(group);
  WalkedCommand walked;
  walked.generation = generation;
  walked.time_ms = group.record.time_ms;
  while (true) {
    auto more = reader.next(walked.command);
    if (!more.ok()) return more.error();
    if (!more.value()) return {};
    if (walked.command.end <= options.after) continue;
    if (Status visited = visit(walked); !visited.ok()) return visited;
  }
}

Status walk_generation(const OpenGeneration& generation, const WalkOptions& options,
                       const CommandVisitor& visit) {
  for (size_t i = 0; i < generation.segments.size(); ++i) {
    const OpenGeneration::Segment& segment = generation.segments[i];
    if (segment.stop_at <= options.after) continue;
    const bool is_last = i + 1 == generation.segments.size();
    // All of it is older when the next one begins before that time.
    if (!is_last && generation.segments[i + 1].header.time_ms < options.from_ms) continue;
    CommandReader reader(*segment.file);
    ScanOptions scan_options;
    scan_options.stop_at = segment.stop_at;
    scan_options.progress = options.progress;
    scan_options.group = [&](const ScannedGroup& group) -> Result<bool> {
      if (Status seen = options.group ? options.group(group) : Status(); !seen.ok()) return seen.error();
      Status walked = walk_group(reader, group, generation.manifest.generation, options, visit);
      if (!walked.ok()) return walked.error();
      return true;
    };
    auto scan = scan_segment(*segment.file, scan_options);
    if (!scan.ok()) return scan.error();
    const SegmentScan& facts = scan.value();
    const bool is_short = !is_last && facts.end != segment.stop_at;
    if (facts.tail == Tail::kDamaged || is_short) {
      return Error(ErrorCode::kCorrupt,
                   segment.file->path() + ": corrupt at byte " + std::to_string(facts.valid_bytes) + ": " +
                       (is_short ? "from here on groups are damaged or missing" : facts.tail_problem));
    }
  }
  if (generation.damage) return *generation.damage;
  return {};
}

}  // namespace holdfast::journal
