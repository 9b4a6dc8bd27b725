// The loop of the journal: open the directory, join the upstream, write what it sends; again for ever.
//
// run() is the body of the journal's own thread. Everything here belongs to that thread except
// StopSignal and Publication, which say themselves what others may do.
//
// Life of a turn: open -> repair -> join -> (history break: wait) | (snapshot) -> stream -> lost.
// Whatever goes wrong becomes one sentence in the Publication, one line in the log, and a new turn after
// a pause. While a turn is not streaming, clients' writes are refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/break_settler.h"
#include "journal/durable_file.h"
#include "journal/nudge.h"
#include "journal/problem_log.h"
#include "journal/publication.h"
#include "journal/replica_link.h"
#include "journal/stop_signal.h"
#include "journal/store.h"
#include "journal/upkeep.h"

namespace holdfast::journal {

class JournalThread {
 public:
  JournalThread(const config::Upstream& upstream, FileSystem& files, Publication& publication, Nudge& nudge,
                const StopSignal& stop, std::shared_ptr<const tls::Credentials> tls);

  // Returns when the stop is requested, with everything that arrived before it durable.
  void run();

 private:
  Status turn();
  Status open();
  Status repair();
  std::string cannot_be_written() const;
  Result<Joined> join(bool& adopt);
  Status receive_base(Joined& joined);
  ResyncCause cause_of_full(const Joined& joined) const;
  void count_resync(ResyncCause cause);
  void advise(const ReplicationInfo& info, bool full, uint64_t waited_ns);
  Status adopt_id(const Position& position);
  void end_takeover();
  Status settle_if_due();
  Status tidy();  // what is due beside the stream: see upkeep.h
  int64_t pause_ms(const Error& outcome);

  const config::Upstream& upstream_;
  Publication& publication_;
  Nudge& nudge_;
  const StopSignal& stop_;
  const std::shared_ptr<const tls::Credentials> tls_;  // null: no TLS
  Store store_;
  ProblemLog problems_;
  BreakSettler settler_;
  Upkeep upkeep_;
  const std::function<void()> waiting_;  // PSYNC was sent and may be answered only much later

  bool in_use_ = false;        // another process has the directory
  bool taking_over_ = false;   // ... or had it a moment ago: clients wait for us
  bool streamed_ = false;      // this turn got as far as the stream
  bool has_streamed_ = false;  // any turn did
  bool must_look_ = false;     // the directory needs a person: no new turn
  int failures_ = 0;           // turns in a row that did not get that far
  // Full resyncs in a row that did not end well, or after which the link was soon lost again.
  int lost_snapshots_ = 0;
  bool advised_ = false;  // about Redis's configuration; once
  uint64_t tidied_ns_ = 0;
  uint64_t settled_ns_ = 0;
  bool resync_ = false;  // the operator's schedule asks for a full resync
};

}  // namespace holdfast::journal
