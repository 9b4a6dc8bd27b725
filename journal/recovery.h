// Gives an upstream its data back: replication turned round.
//
// One recovery, on the journal thread, with no group open in the store. The upstream is told REPLICAOF an
// address of ours, gets the base and the segments (or only the part of the stream that it lacks), and when it
// has applied the journal's last offset it is told REPLICAOF NO ONE. It then knows the journal's replication
// id as its master_replid2, so the journal goes on by a partial resync in the same generation.
//
// What makes it safe to interrupt anywhere: a Redis that has not got everything never says so (its history
// ends before ours, or is another), and the recovery note (notes.h) tells the next try that a replica of an
// address where nobody listens any more is ours to finish.
//
// Who is served: the Redis that asks with the replication id that INFO showed on our own connection to the
// upstream, which nobody else knows, or with that of the journal, to go on where it was.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "config/config.h"
#include "journal/generation_data.h"
#include "journal/problem_log.h"
#include "journal/publication.h"
#include "journal/redis_connection.h"
#include "journal/replication_source.h"
#include "journal/stop_signal.h"
#include "journal/store.h"
#include "journal/upstream_facts.h"

namespace holdfast::journal {

class Recovery {
 public:
  enum class How {
    kFill,       // it is empty; if that turns out to be wrong, nothing is done
    kCatchUp,    // it lacks the end of our history and has nothing else, or nothing is done
    kKeepFirst,  // what it has becomes a closed generation of the store first
  };

  Recovery(const config::Upstream& upstream, const tls::Credentials* tls, Store& store,
           Publication& publication, ProblemLog& problems, const StopSignal& stop);
  ~Recovery();
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  // `control`: to the upstream, logged in. `ours`: it is the replica that an interrupted recovery left. On
  // success the upstream is a primary again and has everything. An error is one sentence; then the upstream
  // is as it was, or a replica of ours that a later try finishes.
  Status run(RedisConnection& control, How how, bool ours);

 private:
  enum class Stage { kIntroducing, kFrozen, kGiving, kOver };

  Status open_data();
  Status listen(const RedisConnection& control);
  Result<Endpoint> address_to_tell(const RedisConnection& control) const;
  Status introduce(RedisConnection& control, bool was_ours);
  Status check_introduction(const UpstreamFacts& facts, bool was_ours);
  Status undo(RedisConnection& control, const ReplicationInfo& before, const std::string& why);
  PsyncVerdict judge(const PsyncRequest& request);
  Status wait_until_given(RedisConnection& control);
  Status keep_what_it_has();
  Status finish(RedisConnection& control);
  Status note(bool keep_first);
  void enter(Stage stage);
  std::string progress(const ReplicationInfo& info) const;

  const config::Upstream& upstream_;
  const tls::Credentials* const tls_;
  Store& store_;
  Publication& publication_;
  ProblemLog& problems_;
  const StopSignal& stop_;

  How how_ = How::kFill;
  std::unique_ptr<GenerationData> data_;
  Endpoint told_;
  std::vector<Endpoint> told_before_;  // by tries that were interrupted
  uint64_t told_ns_ = 0;

  // Shared with the source's threads.
  std::mutex mutex_;
  std::condition_variable changed_;
  Stage stage_ = Stage::kIntroducing;
  std::string upstream_replid_;     // what it asks with
  std::optional<uint64_t> common_;  // it has our history up to here and nothing else
  bool nameless_ = false;           // somebody asked without a history: it may be the upstream, cut off

  std::unique_ptr<ReplicationSource> source_;  // last: its threads use the above
};

}  // namespace holdfast::journal
