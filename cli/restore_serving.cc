#include "cli/restore_serving.h"

#include <cstdio>
#include <map>

#include "cli/offline.h"
#include "cli/readable.h"
#include "journal/replication_source.h"

namespace holdfast::cli {
namespace {

constexpr int64_t kLookMs = 200;
constexpr int64_t kPingPeriodMs = 10'000;

using journal::ReplicaProgress;

// One line for each step of a replica, said once.
std::string step_of(const ReplicaProgress& replica, uint64_t end) {
  switch (replica.phase) {
    case ReplicaProgress::Phase::kConnected:
      return "has connected";
    case ReplicaProgress::Phase::kBase:
      return "receives the snapshot, " + readable_bytes(replica.total);
    case ReplicaProgress::Phase::kStream:
    case ReplicaProgress::Phase::kGiven:
      if (replica.acknowledged >= end)
        return "has everything, up to offset " + std::to_string(end) + "; tell it: REPLICAOF NO ONE";
      return "receives what came after the snapshot";
    case ReplicaProgress::Phase::kEnded:
      return replica.problem.empty() ? "has left" : "has left: " + replica.problem;
  }
  return "";
}

}  // namespace

Status serve_restore(const Endpoint& where, const journal::ReplicationData& data, bool is_json) {
  journal::ServingRules rules;
  rules.ping_period_ms = kPingPeriodMs;
  auto source = journal::ReplicationSource::listen(where, data, rules);
  if (!source.ok()) return source.error().prefixed("--serve " + where.to_string());
  const Endpoint endpoint = source.value()->endpoint();
  if (is_json) {
    std::printf("{\"serving\":\"%s\"}\n", endpoint.to_string().c_str());
  } else {
    std::printf(
        "serving it on %s until Ctrl-C. On a Redis that may lose what it has:\n"
        "  REPLICAOF %s %u\n"
        "and, when it has everything: REPLICAOF NO ONE\n",
        endpoint.to_string().c_str(), endpoint.host.c_str(), endpoint.port);
  }
  std::fflush(stdout);
  std::map<std::string, std::string> told;
  while (!interrupted()) {
    for (const ReplicaProgress& replica : source.value()->replicas()) {
      const std::string step = step_of(replica, data.end());
      std::string& last = told[replica.peer];
      if (step == last) continue;
      last = step;
      if (!is_json) std::printf("%s %s\n", replica.peer.c_str(), step.c_str());
    }
    std::fflush(stdout);
    (void)offline_stop().sleep_ms(kLookMs);
  }
  return {};
}

}  // namespace holdfast::cli
