// An environment as one worker serves it: its policy joined with how each command is routed and gated,
// one small record per command.
//
// A reload replaces configuration and policy in place, on the worker's thread and between two requests
// (adopt()); whoever keeps something of either across requests asks for it again then
// (Session::policy_changed()). Nothing else changes but the counters.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "metrics/posture_state.h"
#include "metrics/worker_stats.h"
#include "policy/policy.h"
#include "proxy/client_limit.h"
#include "proxy/gating.h"
#include "proxy/login_limiter.h"
#include "proxy/route.h"
#include "proxy/upstream_login.h"
#include "tls/credentials.h"

namespace holdfast::proxy {

class Upstream;

struct CommandPlan {
  policy::Decision decision;
  Route route;
  Gating gating;  // kLook: the strictest that any arguments can ask for
  // Where it goes once its arguments have been looked at: the same as route but for kLook and kAudited.
  Route route_after_look;
  Route audited_route;  // kAudited: where it goes besides, perhaps kLook

  friend bool operator==(const CommandPlan&, const CommandPlan&) = default;
};

class Environment {
 public:
  // `audited`: there is an audit log, so what only that has to be told of leaves the fast way.
  Environment(std::shared_ptr<const config::Environment> config, std::shared_ptr<const policy::Policy> policy,
              bool audited, Upstream& upstream, metrics::EnvironmentStats& stats, ClientLimit& clients,
              std::shared_ptr<const tls::Credentials> tls);

  // What sessions know of the configuration and policy before stays until the next call.
  void adopt(std::shared_ptr<const config::Environment> config, std::shared_ptr<const policy::Policy> policy,
             bool audited);

  // Refuses what may write, for this reason; null: no more. In audit mode it is let through and told. True:
  // plans that sessions have are to be asked for again.
  bool halt_writes(std::shared_ptr<const metrics::WriteHalt> halt);
  // Null: writes are not refused, or nothing is in this mode.
  const metrics::WriteHalt* write_halt() const { return refuses_writes() ? halt_.get() : nullptr; }
  // The same in audit mode.
  const metrics::WriteHalt* observed_write_halt() const { return refuses_writes() ? nullptr : halt_.get(); }
  // While there is one: what a write is answered.
  const std::string& write_halt_reply() const { return halt_reply_; }

  // By CommandId: how a user's commands are served; of null where clients log in: of who has not. Made at the
  // first call for a user; valid until adopt().
  const CommandPlan* plans_of(const policy::User* user);
  const CommandPlan* plans_after_passed_login() const { return plans_.data(); }
  // As whom links log in that run the scripts of this user; null when its scripts need no rights of their
  // own.
  const std::shared_ptr<const UpstreamLogin>& script_login(const policy::User* user);
  // Is a client a user of Redis's?
  bool passes_logins() const { return config_->auth.value == config::Auth::kPassthrough; }
  // The same object for the same credentials, so that all who have them share links.
  std::shared_ptr<const UpstreamLogin> client_login(std::string_view user, std::string_view password);
  // The last adopt() has changed how clients say who they are.
  bool auth_has_changed() const { return auth_changed_; }
  bool asks_for_login() const { return config_->auth.value == config::Auth::kUsers; }
  const config::Environment& config() const { return *config_; }
  const policy::Policy& policy() const { return *policy_; }
  const config::Journal& journal_config() const;
  Upstream& upstream() { return upstream_; }
  metrics::EnvironmentStats& stats() { return stats_; }
  ClientLimit& clients() { return clients_; }
  // Null: clients do without TLS.
  const tls::Credentials* tls() const { return tls_.get(); }

 private:
  using Plans = std::vector<CommandPlan>;

  bool refuses_writes() const { return config_->mode == config::Mode::kEnforce; }
  bool needs_look(policy::CommandId id) const;
  Route route(policy::CommandId id) const;
  CommandPlan refused_plan(policy::CommandId id) const;
  void make_plans();
  Plans plans_before_login() const;
  Plans plans_for(const policy::User& user) const;
  // The same table for all users who may run the same commands: then of thousands of users few are in memory.
  const CommandPlan* keep(Plans plans);

  std::shared_ptr<const config::Environment> config_;
  bool audited_;  // there is an audit log
  bool auth_changed_ = false;
  std::shared_ptr<const policy::Policy> policy_;
  std::shared_ptr<const policy::Policy> previous_policy_;
  std::shared_ptr<const metrics::WriteHalt> halt_;  // null: none
  std::string halt_reply_;
  Upstream& upstream_;
  metrics::EnvironmentStats& stats_;
  ClientLimit& clients_;
  const std::shared_ptr<const tls::Credentials> tls_;
  Plans plans_;  // of who may do all that the environment lets through
  Plans plans_before_passed_login_;
  std::unordered_map<const policy::User*, const CommandPlan*> plans_by_user_;
  std::unordered_multimap<size_t, Plans> different_plans_;  // by a hash; those that plans_by_user_ points to
  std::unordered_map<const policy::User*, std::shared_ptr<const UpstreamLogin>> logins_;
  std::vector<std::shared_ptr<const UpstreamLogin>> previous_logins_;  // before the last adopt()
  std::unordered_map<std::string, std::weak_ptr<const UpstreamLogin>> client_logins_;  // by a digest
};

}  // namespace holdfast::proxy
