// Settles what keeps the journal from joining its upstream: a history break, or a recovery that was
// interrupted.
//
// Owned by the journal thread's loop. history_break.h has the rules, recovery.h and reapplication.h do the
// work.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/history_break.h"
#include "journal/lost_writes.h"
#include "journal/operator_word.h"
#include "journal/problem_log.h"
#include "journal/publication.h"
#include "journal/recovery.h"
#include "journal/replica_link.h"
#include "journal/stop_signal.h"
#include "journal/store.h"
#include "journal/upstream_check.h"

namespace holdfast::journal {

class BreakSettler {
 public:
  enum class Next {
    kJoin,   // as before: it belongs to the history now
    kAdopt,  // by a full resync: what it has becomes a new generation
  };

  BreakSettler(const config::Upstream& upstream, const tls::Credentials* tls, Store& store,
               Publication& publication, ProblemLog& problems, const StopSignal& stop);

  // `joined`: kHistoryBreak or kReplica; its connection is used up. An error is one sentence that says what
  // is going on, and what to do if a person has to decide.
  Result<Next> settle(Joined& joined);
  // After the data that were accepted have become a generation, or the journal goes on.
  void joined(const UpstreamFacts& facts, bool adopted);
  // The operator's word is about a break that there is, never about the next one.
  void forget_needless_word();

 private:
  Result<Next> settle_replica(Joined& joined);
  Result<Next> settle_break(Joined& joined);
  Status recover(Joined& joined, Recovery::How how, bool ours, const std::string& found);
  // By its data, where its history does not tell: changes `what` to what they say. True: nothing is missing,
  // and the journal goes on with what it has.
  Result<bool> look_at_data(Joined& joined, OperatorWord word, HistoryBreak& what, std::string& unknown);
  Status go_on_with(CheckedUpstream& checked);
  Status reapply(Joined& joined, const HistoryBreak& what);
  // Counted once for each break; nothing when nothing was lost, or it cannot be told.
  Result<LostWrites> look_at_lost(const HistoryBreak& what);
  Status note_lost(const HistoryBreak& what, BreakAction action);
  // It is given what it lacks without anybody's word, and counting would take longer than is worth it.
  bool is_given_at_once(const HistoryBreak& what, OperatorWord word) const;
  void settled(std::string_view outcome);

  const config::Upstream& upstream_;
  const tls::Credentials* const tls_;
  Store& store_;
  Publication& publication_;
  ProblemLog& problems_;
  const StopSignal& stop_;
  UpstreamCheck check_;
  // Of the break that is being looked at:
  std::optional<LostWrites> lost_;
  bool is_noted_ = false;
  std::string not_run_again_;  // why the last `recover --only-lost` could not do it
};

}  // namespace holdfast::journal
