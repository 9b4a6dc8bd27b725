// What is done with the files beside the stream: retention, compaction, rehearsals, and their numbers.
//
// Owned by the journal thread, which calls tend() between two groups; nothing here waits. A compaction and a
// rehearsal run on threads of their own (compactor.h, rehearser.h), never both: each needs the memory of the
// data once. tend() begins them and takes over their results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/compactor.h"
#include "journal/problem_log.h"
#include "journal/publication.h"
#include "journal/rehearser.h"
#include "journal/retention.h"
#include "journal/store.h"

namespace holdfast::journal {

class Upkeep {
 public:
  Upkeep(const config::Upstream& upstream, Publication& publication, const ProblemLog& log,
         std::shared_ptr<const tls::Credentials> tls);

  // An error only when the store has failed.
  Status tend(Store& store);
  // Ends what runs beside; for the end of the journal thread.
  void stop();
  // The time has come for a full resync in the place of a compaction. Once.
  bool take_resync();

 private:
  void retain(Store& store);
  void take_rehearsal();
  void take_outcome(Store& store);
  void adopt(Store& store, CompactedBase made);
  void failed(const std::string& dir, const Error& error);
  void begin_rehearsal(const Store& store);
  void begin_compaction(Store& store, const DiskUse& use);
  bool has_grown(const Store& store, const DiskUse& use) const;
  void plan_resync(int64_t now_ms);
  void answer(const std::string& dir, bool good, const std::string& sentence);

  const config::Upstream& upstream_;
  Publication& publication_;
  const ProblemLog& log_;
  Compactor compactor_;
  Rehearser rehearser_;
  uint64_t begun_ns_ = 0;
  bool rehearsal_has_turn_ = true;  // the last thing that was begun was no rehearsal
  int failures_ = 0;                // in a row
  uint64_t pause_until_ns_ = 0;     // after a failure
  std::string request_;             // the token of who asked for the compaction that runs; empty: nobody did
  bool no_server_ = false;          // the last attempt ended because there is no usable redis-server
  int64_t resynced_day_ = -1;
  bool resync_ = false;
};

}  // namespace holdfast::journal
