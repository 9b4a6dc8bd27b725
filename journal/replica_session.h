// One Redis that replicates from us, from its first PING to its end: the master's side of PSYNC.
//
// What comes and what is answered follows replication.c of Redis 7.0 (syncWithMaster, syncCommand,
// replconfCommand, slaveTryPartialResynchronization). Runs on a thread of its own, in bounded memory; what
// others may look at meanwhile is progress().
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/replica_socket.h"
#include "journal/replication_source.h"
#include "journal/stop_signal.h"
#include "resp/request_parser.h"

namespace holdfast::journal {

class ReplicaSession {
 public:
  ReplicaSession(int fd, std::string peer, const ReplicationData& data, const ServingRules& rules,
                 const StopSignal& stop);

  // To the end of the connection.
  void run();

  ReplicaProgress progress() const;

 private:
  using Arguments = std::span<const std::string_view>;

  Status serve();
  Result<PsyncRequest> shake_hands();
  bool knows_password(Arguments auth) const;
  Status take_replconf(Arguments arguments, bool& answered);
  Status give_everything(const PsyncRequest& request);
  Status give(std::string_view bytes);
  // Acknowledgements and newlines that have arrived. Nothing else may come from a replica.
  Status take_input();
  Status stay();

  void enter(ReplicaProgress::Phase phase, uint64_t total);

  const ReplicationData& data_;
  const ServingRules& rules_;
  ReplicaSocket socket_;
  resp::RequestParser parser_;

  mutable std::mutex mutex_;
  ReplicaProgress progress_;
};

}  // namespace holdfast::journal
