// An environment as one worker serves it: its policy joined with how each command is routed and gated,
// one small record per command. Immutable after construction but for its counters.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "metrics/worker_stats.h"
#include "policy/policy.h"
#include "proxy/client_limit.h"
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

class Environment {
 public:
  Environment(const config::Environment& config, std::shared_ptr<const policy::Policy> policy,
              Upstream& upstream, metrics::EnvironmentStats& stats, ClientLimit& clients,
              std::shared_ptr<const tls::Credentials> tls);

  // What these arguments wait for, when the keys among them ask for this durability.
  Gating gating(policy::CommandId id, config::Durability durability,
                std::span<const std::string_view> arguments) const;
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
  bool reads_are_durable() const { return config_.reads.value == config::Reads::kDurable; }
  Gating gating_with_reads(policy::CommandId id, Gating of_write) const;

  const config::Environment& config_;
  std::shared_ptr<const policy::Policy> policy_;
  Upstream& upstream_;
  metrics::EnvironmentStats& stats_;
  ClientLimit& clients_;
  const std::shared_ptr<const tls::Credentials> tls_;
  std::vector<CommandPlan> plans_;  // by CommandId
};

}  // namespace holdfast::proxy
