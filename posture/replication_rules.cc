// Whether somebody else has the data, and keeps up.
#include <array>
#include <cstdio>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

Check primary(const Facts& facts, const Limits&) {
  if (!facts.is_primary) return not_known("its role");
  if (*facts.is_primary) return met("it is a primary");
  return not_met("it is a replica: writes to it are refused, and what it has may be old");
}

Check replica(const Facts& facts, const Limits&) {
  if (!facts.is_primary) return not_known("its replicas");
  if (!*facts.is_primary) return met("it is a replica itself");
  size_t online = 0;
  for (const Replica& one : facts.replicas) online += one.online ? 1 : 0;
  if (online > 0)
    return met(std::to_string(online) + (online == 1 ? " replica is" : " replicas are") + " online");
  return not_met(facts.replicas.empty() ? "there is no replica: nobody can take over"
                                        : "none of its replicas is online");
}

Check replica_lag(const Facts& facts, const Limits& limits) {
  if (!facts.is_primary) return not_known("its replicas");
  for (const auto* list : {&facts.replicas, &facts.journals})
    for (const Replica& one : *list) {
      if (!one.online) return not_met("the replica " + one.name + " is not online");
      if (one.lag_s > limits.replica_lag_s)
        return not_met("the replica " + one.name + " has said nothing for " + duration_text(one.lag_s));
    }
  return met("every replica that is there keeps up");
}

Check backlog(const Facts& facts, const Limits& limits) {
  if (!facts.backlog_size || !facts.write_rate) return not_known("its backlog and its rate of writes");
  if (*facts.write_rate < 1)
    return met("hardly anything is written, so the backlog of " + size_text(*facts.backlog_size) + " lasts");
  const auto lasts_s = static_cast<int64_t>(static_cast<double>(*facts.backlog_size) / *facts.write_rate);
  const std::string what = "the backlog of " + size_text(*facts.backlog_size) + " lasts for " +
                           duration_text(lasts_s) + " of writes at " +
                           size_text(static_cast<int64_t>(*facts.write_rate)) + "/s";
  if (lasts_s >= limits.backlog_s) return met(what);
  return not_met(what + ": a replica or journal that is away for longer needs a full resync");
}

constexpr std::array kRules = {
    Rule{"primary", Group::kReplication, Severity::kCritical, primary,
         "point `url` at the primary; after a failover that is another one"},
    Rule{"replica", Group::kReplication, Severity::kInfo, replica,
         "add a replica if a recovery from the journal takes too long for you (holdfast rehearse tells)"},
    Rule{"replica-lag", Group::kReplication, Severity::kWarning, replica_lag,
         "look at the replica and at the network between them"},
    Rule{"backlog", Group::kReplication, Severity::kWarning, backlog,
         "raise `repl-backlog-size` to what is written in the time that a restart takes"},
};

}  // namespace

std::span<const Rule> replication_rules() {
  return kRules;
}

}  // namespace holdfast::posture
