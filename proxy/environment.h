// An environment as one worker serves it: its policy joined with how each command is routed and gated,
// one small record per command. Immutable after construction but for its counters.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "config/config.h"
#include "metrics/worker_stats.h"
#include "policy/policy.h"
#include "proxy/gating.h"
#include "proxy/route.h"
#include "tls/credentials.h"

namespace holdfast::proxy {

class Upstream;

struct CommandPlan {
  policy::Decision decision;
  Route route;
  Gating gating;  // kLook: the strictest that any arguments can ask for
  // Where it goes once its arguments have been looked at; the same as route but for kLook.
  Route route_after_look;
};

// Shared by all workers: how many clients an environment has.
struct ClientLimit {
  std::atomic<int> connected{0};
};

class Environment {
 public:
  Environment(const config::Environment& config, std::shared_ptr<const policy::Policy> policy,
              Upstream& upstream, metrics::EnvironmentStats& stats, ClientLimit& clients,
              std::shared_ptr<const tls::Credentials> tls);

  const CommandPlan& plan(policy::CommandId id) const { return plans_[id]; }
  const config::Environment& config() const { return config_; }
  const policy::Policy& policy() const { return *policy_; }
  const config::Journal& journal_config() const;
  Upstream& upstream() { return upstream_; }
  metrics::EnvironmentStats& stats() { return stats_; }
  ClientLimit& clients() { return clients_; }
  // Null: clients do without TLS.
  const tls::Credentials* tls() const { return tls_.get(); }

 private:
  bool needs_look(policy::CommandId id) const;

  const config::Environment& config_;
  std::shared_ptr<const policy::Policy> policy_;
  Upstream& upstream_;
  metrics::EnvironmentStats& stats_;
  ClientLimit& clients_;
  const std::shared_ptr<const tls::Credentials> tls_;
  std::vector<CommandPlan> plans_;  // by CommandId
};

}  // namespace holdfast::proxy
