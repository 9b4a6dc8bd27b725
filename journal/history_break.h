// A Redis whose history does not reach what is journaled: what it is, and what to do about it.
//
// Pure rules; the journal thread carries them out. docs/operations.md ("When Redis comes back with less")
// says the same for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "journal/history.h"
#include "journal/operator_word.h"
#include "journal/upstream_facts.h"

namespace holdfast::journal {

struct HistoryBreak {
  enum class Kind {
    // Nothing is missing: the same process, which has dropped its history's name (repl-backlog-ttl).
    kRenamed,
    kEmpty,
    // It has our history up to `common` and nothing after it: what is journaled behind that is missing.
    kBehind,
    // The same, but it has gone its own way after `common`.
    kDiverged,
    // Another history, and data: what is missing cannot be told from what it says.
    kForeign,
  };
  Kind kind = Kind::kForeign;
  uint64_t common = 0;     // kBehind, kDiverged: the last offset that both have
  bool empty = false;      // it has no data
  bool restarted = false;  // kBehind: nobody has told it to be a replica or primary, so it is a restart
  // kBehind: its data say so and not its history. What it lacks cannot be given to it by its history's name.
  bool by_data = false;
};

// `names`: by which the journal's history went before. `life`: of the process that the journal was attached
// to last, when that is known.
HistoryBreak classify(const UpstreamFacts& facts, const Position& position,
                      const std::vector<HistoryName>& names, const std::optional<ServerLife>& life);

enum class BreakAction {
  kAdopt,      // what it has becomes a new generation
  kGiveBack,   // everything, by a full resync
  kCatchUp,    // what it lacks, by a partial one; a full one where that cannot be
  kKeepFirst,  // what it has is kept as a generation, then kGiveBack
  kReapply,    // the missing operations are run on it, then kAdopt
  kHold,       // a person decides
};

// `ours`: a recovery of this upstream was interrupted. `in_reach`: the journal's current
// generation has all of the stream after `common`.
BreakAction decide(const HistoryBreak& what, config::OnHistoryBreak mode, OperatorWord word, bool ours,
                   bool in_reach);

}  // namespace holdfast::journal
