// What an upstream really has, when its history does not say: a snapshot of it, compared with the journal.
//
// Owned by the journal thread's loop, which it keeps for as long as that takes. It changes nothing, at the
// upstream or in the journal; interrupted anywhere, it is begun again. What was found is remembered for as
// long as it is the same Redis and the same journal, so that a break that is held is looked at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/base_file.h"
#include "journal/data_comparison.h"
#include "journal/history_break.h"
#include "journal/publication.h"
#include "journal/replica_link.h"
#include "journal/stop_signal.h"
#include "journal/store.h"

namespace holdfast::journal {

struct CheckedUpstream {
  ComparedData data;
  std::string unknown;           // why it could not be compared; then `data` says nothing
  Position snapshot;             // where the upstream's own history was
  std::optional<BaseFile> base;  // the snapshot, when it has all that is journaled; taken once
};

class UpstreamCheck {
 public:
  UpstreamCheck(const config::Upstream& upstream, Store& store, Publication& publication,
                const StopSignal& stop)
      : upstream_(upstream), store_(store), publication_(publication), stop_(stop) {}

  // Null: not looked at yet.
  CheckedUpstream* remembered(const Joined& joined);
  // Uses the connection of `joined` up. An error: it is to be joined again.
  Result<CheckedUpstream*> look(Joined& joined, const HistoryBreak& what);

 private:
  Result<BaseFile> take_snapshot(Joined& joined, Position& position);
  Status say(const std::string& doing);
  std::string name_of(const Joined& joined, const std::string& replid) const;

  const config::Upstream& upstream_;
  Store& store_;
  Publication& publication_;
  const StopSignal& stop_;
  std::string name_;  // of what `checked_` is about
  CheckedUpstream checked_;
  uint64_t again_ns_ = 0;  // after a failure: when it is tried again
};

}  // namespace holdfast::journal
