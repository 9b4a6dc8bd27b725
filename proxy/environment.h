// An environment as one worker serves it: its policy joined with how each command is routed and gated,
// one small record per command.
//
// A reload replaces configuration and policy in place, on the worker's thread and between two requests
// (adopt()); whoever keeps something of either across requests asks for it again then
// (Session::policy_changed()). Nothing else changes but the counters.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "config/config.h"
#include "metrics/worker_stats.h"
#include "policy/policy.h"
#include "proxy/route.h"
#include "tls/credentials.h"

namespace holdfast::proxy {

class Upstream;

// What a write waits for before its reply leaves, and before it is sent at all.
enum class Gating : uint8_t {
  kNone,         // not a write, or durability = "none"
  kNeedJournal,  // durability = "async": the journal must be able to take it
  kHold,         // durability = "sync": and its reply waits until it has
};

// What a command waits for, as far as it is known without its arguments.
Gating gating_of(policy::CommandId id, const config::Environment& config);

struct CommandPlan {
  policy::Decision decision;
  Route route;
  Gating gating;
  Route audited_route;  // kAudited: where it goes besides
};

// Shared by all workers: how many clients an environment has.
struct ClientLimit {
  std::atomic<int> connected{0};
};

class Environment {
 public:
  // `audited`: there is an audit log, so what it has to be told of leaves the fast way.
  Environment(std::shared_ptr<const config::Environment> config, std::shared_ptr<const policy::Policy> policy,
              bool audited, Upstream& upstream, metrics::EnvironmentStats& stats, ClientLimit& clients,
              std::shared_ptr<const tls::Credentials> tls);

  void adopt(std::shared_ptr<const config::Environment> config, std::shared_ptr<const policy::Policy> policy,
             bool audited);

  const CommandPlan& plan(policy::CommandId id) const { return plans_[id]; }
  const config::Environment& config() const { return *config_; }
  const policy::Policy& policy() const { return *policy_; }
  const config::Journal& journal_config() const;
  Upstream& upstream() { return upstream_; }
  metrics::EnvironmentStats& stats() { return stats_; }
  ClientLimit& clients() { return clients_; }
  // Null: clients do without TLS.
  const tls::Credentials* tls() const { return tls_.get(); }

 private:
  void make_plans();

  std::shared_ptr<const config::Environment> config_;
  bool audited_;  // there is an audit log
  std::shared_ptr<const policy::Policy> policy_;
  Upstream& upstream_;
  metrics::EnvironmentStats& stats_;
  ClientLimit& clients_;
  const std::shared_ptr<const tls::Credentials> tls_;
  std::vector<CommandPlan> plans_;  // by CommandId
};

}  // namespace holdfast::proxy
