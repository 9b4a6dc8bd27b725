// What one worker counts. Written by that worker's thread only, as plain adds; read by the admin thread
// when it is scraped (base/counter.h). Nothing here is shared between workers: the scrape adds them up.
//
// Owned by the worker; lives as long as the process serves.
#pragma once

#include <memory>
#include <vector>

#include "base/counter.h"
#include "base/histogram.h"
#include "metrics/hot_keys.h"
#include "metrics/notice.h"
#include "metrics/recent_refusals.h"
#include "metrics/refusal_counts.h"
#include "metrics/slow_log.h"
#include "metrics/upstream_trouble.h"
#include "policy/command_table.h"

namespace holdfast::metrics {

// What became of a request; the label `verdict` of holdfast_requests_total.
enum class RequestVerdict : uint8_t {
  kAllowed,      // sent to the upstream, or answered here as Redis would
  kRefused,      // by policy
  kObserved,     // mode = "audit": let through, would have been refused
  kUnsupported,  // a command that this version does not serve
  kUnavailable,  // the journal or the upstream could not take it: -MISCONF, -MASTERDOWN, -LOADING
};
inline constexpr size_t kRequestVerdicts = 5;

// What a client is doing, as far as that ties up anything; the label `state` of holdfast_sessions. The first
// that applies.
enum class SessionKind : uint8_t {
  kLeaving,      // takes no more requests and is closed when it has its replies
  kMonitoring,   // MONITOR
  kSubscribed,   // to channels or patterns
  kBlocked,      // in a blocking command
  kTransaction,  // between MULTI and EXEC, or with watched keys
  kTracking,     // CLIENT TRACKING
  kWaiting,      // its next request waits for replies, for a link, or for room
  kPlain,        // nothing of the above
};
inline constexpr size_t kSessionKinds = 8;

// Per environment and worker.
class EnvironmentStats {
 public:
  EnvironmentStats() : requests_(new RequestCounter[policy::commands().size() * kRequestVerdicts]) {}

  RequestCounter& requests(policy::CommandId id, RequestVerdict verdict) {
    return requests_[id * kRequestVerdicts + static_cast<size_t>(verdict)];
  }
  const RequestCounter& requests(policy::CommandId id, RequestVerdict verdict) const {
    return requests_[id * kRequestVerdicts + static_cast<size_t>(verdict)];
  }

  Histogram request_duration;  // from the read that brought the request to the write of its reply
  // Parts of it, by the clocks of the loop's turns:
  Histogram in_holdfast;               // from the read to the end of the turn that wrote it to Redis
  Histogram in_redis;                  // from there to the turn that read Redis's reply
  Histogram durable_wait;              // from a gated write's reply out of Redis to its release
  Counter slow_requests;               // took longer than slow_log_threshold
  Counter uncertain_replies;           // -UNCERTAIN answered
  Counter unjournaled_requests;        // let through with on_failure = "allow"
  Counter clients;                     // connected now
  Counter sessions[kSessionKinds];     // by SessionKind; kPlain is not counted: it is the rest of `clients`
  Counter queued_bytes_max;            // most that one client had not read
  Counter connections;                 // accepted, ever
  Counter connections_refused;         // over max_clients
  Counter connections_misdirected;     // at the transparent listener, meant for something else
  RequestCounter bytes_in, bytes_out;  // of clients
  Counter protocol_errors;
  Counter failed_logins;
  RefusalCounts refusals;

 private:
  std::unique_ptr<RequestCounter[]> requests_;  // [CommandId][RequestVerdict]
};

// Per upstream and worker.
struct UpstreamStats {
  Counter links_up;       // shared links that are ready
  Counter links_wanted;   // shared links that should be
  Counter links_silent;   // shared links that are ready and have not answered for connect_timeout
  Counter private_links;  // lent to sessions now
  Counter private_links_max;
  Counter pending_replies;  // entries in the links' queues
  Counter pending_replies_max;
  Counter queued_bytes_max;  // most that waited to be written on one link
  Counter connects, connect_failures, disconnects;
  Counter barriers;         // ROLE commands sent to learn an offset
  Counter scripts_refused;  // 1: it lets Holdfast make no users, so scripts of restricted clients are refused
  Counter held_replies;     // waiting for the journal now
  Counter held_replies_max;
  UpstreamTrouble trouble;
  Notice eviction;  // it may drop keys that must not be lost
};

struct WorkerStats {
  std::vector<EnvironmentStats> environments;  // in the order of the configuration
  std::vector<UpstreamStats> upstreams;        // in the order of the configuration
  HotKeys hot_keys{};
  Histogram loop_turns{};  // turns of its loop in which it did anything
};

// What workers leave for people to read, of all of them together. Owned by who makes the workers; outlives
// them.
struct LiveLists {
  RecentRefusals refusals;
  SlowLog slow_log;
};

}  // namespace holdfast::metrics
