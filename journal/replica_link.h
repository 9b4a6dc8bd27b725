// Joining an upstream as a replica: from the connection to the answer to PSYNC.
//
// Called on the journal thread. What is sent and answered follows replication.c of Redis 7.0
// (syncWithMaster, slaveTryPartialResynchronization, syncCommand).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/history.h"
#include "journal/redis_connection.h"
#include "journal/stop_signal.h"
#include "journal/upstream_facts.h"
#include "journal/upstream_login.h"

namespace holdfast::journal {

struct Joined {
  enum class Kind {
    kContinues,     // the stream follows, from position.offset + 1 on
    kFullResync,    // a snapshot follows, which ends at `position`
    kHistoryBreak,  // nothing was asked: the upstream's history does not reach ours
    kReplica,       // nothing was asked: the upstream replicates from somebody
  };

  Kind kind;
  Position position;    // kContinues: the id that holds from now on, and our offset
  UpstreamFacts facts;  // what the upstream said about itself
  std::unique_ptr<RedisConnection> connection;
};

// How long an upstream may be silent before the link counts as dead. Redis sends something every second
// while a snapshot is prepared, and a PING every repl-ping-replica-period (10 s) afterwards.
inline constexpr int64_t kSilenceMs = 60'000;

enum class Ask {
  kContinue,  // from our position on; a snapshot of the same history where the upstream no longer has that
  kSnapshot,  // a snapshot of the same history
  kAdopt,     // a snapshot of whatever history the upstream has
};

// `position`: where the journal stands.
// An error's message is one sentence that names the upstream and what to do.
// `waiting` is called when PSYNC is sent and a snapshot may have to be made before it is answered.
// `tls` is null when the upstream is reached without TLS.
Result<Joined> join_upstream(const config::Upstream& upstream, const tls::Credentials* tls,
                             const std::optional<Position>& position, Ask ask,
                             const std::function<void()>& waiting, const StopSignal& stop);

// On a connection that is logged in, to a Redis of any role: a snapshot of it follows, which ends at the
// position.
Result<Position> ask_for_snapshot(const config::Upstream& upstream, RedisConnection& connection,
                                  const std::function<void()>& waiting);

// The same for the stream behind `position`: true when it follows, false when the upstream has it no more.
Result<bool> ask_for_stream_after(const config::Upstream& upstream, RedisConnection& connection,
                                  const Position& position);

// What it says about itself, on a connection that is logged in. kUnavailable while it loads its data.
Result<UpstreamFacts> ask_for_facts(const config::Upstream& upstream, RedisConnection& connection);

}  // namespace holdfast::journal
