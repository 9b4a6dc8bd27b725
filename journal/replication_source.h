// Serves one history to every Redis that is told `REPLICAOF` this address: recovery and restore.
//
// Owned by whoever made it, on any thread; all methods are thread-safe. It has a thread that accepts and one
// for each replica, at most kReplicasMax. The destructor ends them all and joins.
//
// After the snapshot exactly the bytes of the stream are sent, so that the replica's offsets are those of the
// history: after `REPLICAOF NO ONE` it knows the history's id as its master_replid2 up to there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/replication_data.h"
#include "tls/context.h"

namespace holdfast::journal {

// What a Redis that connects says about itself. For a Redis that was a master until it was told REPLICAOF,
// `replid` is its own master_replid: who knows it has read INFO there, so it is as good as a password.
struct PsyncRequest {
  std::string peer;     // "10.0.0.7:41234"
  std::string replid;   // "?": it has no history that it wants to go on with
  uint64_t offset = 0;  // the first one that it does not have; 0 when it has none
};

struct PsyncVerdict {
  enum class Kind {
    kRefuse,    // with an error reply; a Redis tries again after a second
    kFull,      // the snapshot, then the stream
    kContinue,  // only what is behind its offset, which must lie in the stream
    kFreeze,    // its own history goes on, with nothing: it keeps what it has and takes no writes
  };
  Kind kind;
  std::string why;  // kRefuse
};

struct ServingRules {
  // Called on the replica's thread. Empty: everybody gets what he asks for, from the start or in part.
  std::function<PsyncVerdict(const PsyncRequest&)> judge;
  // Null: no TLS. `tls_required`: a replica that does not use it is refused, but on loopback.
  std::shared_ptr<const tls::Context> tls;
  bool tls_required = false;
  // Not empty: a replica must show it first (its masterauth; any masteruser).
  std::string password = {};
  // A replica drops a master that is silent for its repl-timeout (60 s). Not 0: when the stream is over, a
  // PING this often, which belongs to no history. 0: nothing, so it comes back and asks for the rest.
  int64_t ping_period_ms = 0;
};

struct ReplicaProgress {
  enum class Phase { kConnected, kBase, kStream, kGiven, kEnded };
  std::string peer;
  Phase phase = Phase::kConnected;
  uint64_t sent = 0;  // bytes of this phase
  uint64_t total = 0;
  uint64_t acknowledged = 0;  // replication offset, by REPLCONF ACK
  std::string problem;        // kEnded: why
};

class ReplicationSource {
 public:
  static constexpr size_t kReplicasMax = 8;

  // `data` must outlive the source. Port 0: any that is free.
  static Result<std::unique_ptr<ReplicationSource>> listen(const Endpoint& where, const ReplicationData& data,
                                                           ServingRules rules);
  ~ReplicationSource();
  ReplicationSource(const ReplicationSource&) = delete;
  ReplicationSource& operator=(const ReplicationSource&) = delete;

  const Endpoint& endpoint() const;  // with the port that was really bound
  // Those that are connected, and the last few that were; oldest first.
  std::vector<ReplicaProgress> replicas() const;
  // Ends all connections; the replicas come back by themselves.
  void disconnect_all();

 private:
  class Impl;
  explicit ReplicationSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::journal
