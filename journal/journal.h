// The durable log of one upstream, as the rest of the process uses it.
//
// Owned by the command line (cli/run), made before the workers and destroyed after them. One thread of
// its own does all the work: it joins the upstream as a replica, writes what arrives and fdatasyncs it;
// nothing here blocks a caller. All methods are thread-safe unless they say otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/counter.h"
#include "base/histogram.h"
#include "base/size_histogram.h"
#include "config/config.h"
#include "journal/history.h"
#include "journal/watermark.h"

namespace holdfast::tls {
class Credentials;
}

namespace holdfast::journal {

class FileSystem;

// Why the journal took a whole base from Redis, or went on where it had stopped.
enum class ResyncCause : uint8_t {
  kFirst,      // full: there was no journal yet
  kBacklog,    // full: Redis no longer had the part of its stream that was missed
  kHistory,    // full: another history replaced what was journaled (accept)
  kScheduled,  // full: resync_at
  kStart,      // partial: the first link of this process
  kReconnect,  // partial: the link was lost
  kNewId,      // partial: the upstream goes on under another id (a failover)
};
inline constexpr size_t kResyncCauses = 7;
constexpr bool is_full(ResyncCause cause) {
  return cause <= ResyncCause::kScheduled;
}
constexpr const char* to_string(ResyncCause cause) {
  constexpr const char* kNames[kResyncCauses] = {"first", "backlog",   "history", "scheduled",
                                                 "start", "reconnect", "new-id"};
  return kNames[static_cast<size_t>(cause)];
}

// For metrics; single writer: the journal thread.
struct JournalStats {
  Histogram fdatasync_duration;
  Histogram write_duration;
  Counter fdatasyncs, fdatasync_failures;
  Counter bytes_written;  // to segments, annotations included
  Counter groups;         // group commits
  SizeHistogram group_size;
  Counter
      behind_since_ns;  // monotonic: when the oldest came that is not durable, or the link was lost; 0: none
  Counter received_offset;  // of the replication stream, durable or not
  Counter connected;        // 1 while the replica link is attached and streaming
  Counter full_resyncs, partial_resyncs, reconnects;
  std::array<Counter, kResyncCauses> resyncs;
  Counter verified_ms;           // when `holdfast journal verify` last found all well, Unix time; 0: never
  Counter segments, disk_bytes;  // of all generations
  // History breaks, and how they ended; operations that were missing after failovers.
  Counter recoveries_given_back, recoveries_caught_up, recoveries_reapplied, recoveries_failed;
  Counter breaks_accepted, breaks_harmless, lost_operations;
  Histogram recovery_duration;
  Counter generation;
  Counter oldest_restorable_ms;     // Unix time; 0: no base yet
  Counter retention_removed_bytes;  // by retention, since the start
  Counter compactions, compaction_failures;
  Counter compaction_running;               // 1 while one runs
  Counter compaction_duration_ms;           // of the last one
  Counter rehearsals_good, rehearsals_bad;  // bad: mismatches, or it could not be done
  Counter rehearsal_success_ms;             // when the last good one ended, Unix time; 0: none yet
  Counter rehearsal_recover_ms;             // how long the restore took in the last one
  Counter rehearsal_mismatches;             // of the last one
};

// What /readyz and the start-up log say.
struct JournalState {
  bool ready = false;
  // The upstream is being given its data back, or compared with the journal; `reason` says how far that is.
  bool recovering = false;
  // One sentence: why not, and what to do. Empty when ready.
  std::string reason;
};

class Journal {
 public:
  // Does no I/O yet. `tls` is null when the upstream is reached without TLS.
  explicit Journal(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls = nullptr);
  // The same over another file layer, for tests of what happens when files fail.
  Journal(const config::Upstream& upstream, FileSystem& files,
          std::shared_ptr<const tls::Credentials> tls = nullptr);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Before start(), not thread-safe: who is woken when durable_offset passes its wanted_offset, and
  // whenever `history` or `accepting` changes. Not owned; must outlive stop().
  void add_waker(Waker* waker);

  void start();
  // Makes durable what has arrived, leaves the replica link and joins the thread. Idempotent.
  void stop();

  // True when it runs in another process (`via`): then there is no thread and no file here, and what is known
  // of it comes from report().
  bool is_remote() const;
  // What ROLE says on a link of this history; see remote_journal.h. Only for a remote one.
  void report(uint64_t history, uint64_t acknowledged);

  // A client begins to wait: a pause that is made only to gather more ends. Cheap; see Waker::waiting.
  void hurry();

  const Watermark& watermark() const;
  const JournalStats& stats() const;
  JournalState state() const;
  // What came of the last rehearsal, one sentence; empty: there was none.
  std::string rehearsal() const;

  // Does a server that says this about its replication belong to what is journaled? See history.h.
  MembershipAnswer check_membership(const ReplicationInfo& info) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::journal
