#include "journal/statistics.h"

#include <algorithm>
#include <cctype>

#include "journal/stream_walk.h"

namespace holdfast::journal {
namespace {

std::string upper(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Commands per second of the clock; groups come in the order of time.
class BusiestSecond {
 public:
  explicit BusiestSecond(Statistics& facts) : facts_(facts) {}

  void add(int64_t time_ms) {
    const int64_t second_ms = time_ms - time_ms % 1000;
    if (second_ms != second_ms_) count_ = 0;
    second_ms_ = second_ms;
    if (++count_ <= facts_.busiest_second_commands) return;
    facts_.busiest_second_commands = count_;
    facts_.busiest_second_ms = second_ms;
  }

 private:
  Statistics& facts_;
  int64_t second_ms_ = -1;
  uint64_t count_ = 0;
};

}  // namespace

Result<Statistics> count_generation(const OpenGeneration& generation,
                                    const std::function<Status(uint64_t)>& progress) {
  Statistics facts;
  facts.generation = generation.manifest.generation;
  facts.bases = generation.bases.size();
  for (const OpenGeneration::Base& base : generation.bases) facts.base_bytes += base.facts.size;
  facts.segments = generation.segments.size();
  for (const OpenGeneration::Segment& segment : generation.segments)
    facts.segment_bytes += segment.file->size();
  facts.start = facts.end = generation.bases.front().facts.offset;
  facts.from_ms = facts.to_ms = generation.bases.front().facts.time_ms;

  BusiestSecond busiest(facts);
  WalkOptions options;
  options.progress = progress;
  options.group = [&](const ScannedGroup& group) -> Status {
    facts.groups += 1;
    facts.largest_group_bytes = std::max(facts.largest_group_bytes, group.record.length);
    facts.end = group.record.end;
    facts.to_ms = group.record.time_ms;
    return {};
  };
  Status walked = walk_generation(generation, options, [&](const WalkedCommand& walked_command) -> Status {
    const StreamCommand& command = walked_command.command;
    if (command.is_own) {
      facts.transactions += command.arguments.size() == 1 && upper(command.name()) == "EXEC" ? 1 : 0;
      return {};
    }
    const uint64_t bytes = command.end - command.start;
    facts.commands += 1;
    for (Statistics::Count* count : {&facts.by_command[upper(command.name())], &facts.by_db[command.db]}) {
      count->commands += 1;
      count->bytes += bytes;
    }
    if (!facts.largest || bytes > facts.largest->end - facts.largest->start)
      facts.largest = note_command(command, walked_command.time_ms);
    busiest.add(walked_command.time_ms);
    return {};
  });
  if (!walked.ok()) return walked.error();
  return facts;
}

}  // namespace holdfast::journal
