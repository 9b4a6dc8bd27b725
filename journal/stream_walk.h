// Every command of the journal in order, from a moment on: what `journal history`, `stat` and `tail` look at.
//
// Any process, one thread; see archive.h. A command is shown once its group is known to be whole, with the
// time of the group.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "base/result.h"
#include "journal/archive.h"
#include "journal/command_reader.h"

namespace holdfast::journal {

struct WalkedCommand {
  uint64_t generation = 0;
  int64_t time_ms = 0;
  StreamCommand command;  // its views are valid during the call
};

struct WalkOptions {
  // Only what ends behind this offset and was journaled at this time or later.
  uint64_t after = 0;
  int64_t from_ms = std::numeric_limits<int64_t>::min();
  std::function<Status(uint64_t)> progress = {};          // see ScanOptions
  std::function<Status(const ScannedGroup&)> group = {};  // may be empty
};

using CommandVisitor = std::function<Status(const WalkedCommand&)>;

// The commands of one group.
Status walk_group(CommandReader& reader, const ScannedGroup& group, uint64_t generation,
                  const WalkOptions& options, const CommandVisitor& visit);

// All segments of a generation. kCorrupt: damage, after everything before it has been shown.
Status walk_generation(const OpenGeneration& generation, const WalkOptions& options,
                       const CommandVisitor& visit);

}  // namespace holdfast::journal
