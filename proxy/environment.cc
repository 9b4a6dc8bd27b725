#include "proxy/environment.h"

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "policy/administrative.h"
#include "policy/unbounded_reads.h"
#include "policy/upstream_rules.h"
#include "proxy/error_replies.h"
#include "proxy/request_gating.h"
#include "proxy/upstream.h"
#include "proxy/words.h"

namespace holdfast::proxy {

Environment::Environment(std::shared_ptr<const config::Environment> config,
                         std::shared_ptr<const policy::Policy> policy, bool audited, Upstream& upstream,
                         metrics::EnvironmentStats& stats, ClientLimit& clients,
                         std::shared_ptr<const tls::Credentials> tls)
    : config_(std::move(config)),
      audited_(audited),
      policy_(std::move(policy)),
      upstream_(upstream),
      stats_(stats),
      clients_(clients),
      tls_(std::move(tls)) {
  make_plans();
}

void Environment::adopt(std::shared_ptr<const config::Environment> config,
                        std::shared_ptr<const policy::Policy> policy, bool audited) {
  auth_changed_ = config->auth.value != config_->auth.value;
  config_ = std::move(config);
  previous_policy_ = std::exchange(policy_, std::move(policy));
  audited_ = audited;
  previous_logins_.clear();
  for (auto& [user, login] : logins_) previous_logins_.push_back(std::move(login));
  logins_.clear();
  make_plans();
}

void Environment::make_plans() {
  upstream_.preload(config_->name, config_->script_files);
  plans_.clear();
  plans_before_passed_login_.clear();
  plans_by_user_.clear();
  different_plans_.clear();
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    policy::Decision decision = policy_->decide(id).decision;
    const Route route = decision == policy::Decision::kRefuse ? Route::kRefused : this->route(id);
    if (halt_ != nullptr && route != Route::kRefused && may_write(id)) {
      if (refuses_writes()) {
        plans_.push_back({decision, Route::kHalted, Gating::kNone, Route::kHalted, Route::kHalted});
        continue;
      }
      decision = policy::Decision::kObserve;
    }
    const Route entry = route != Route::kRefused && needs_look(id) ? Route::kLook : route;
    // What is refused is told anyway.
    const bool told = route != Route::kRefused &&
                      (decision == policy::Decision::kObserve || (audited_ && policy::is_administrative(id)));
    const Gating gating = strictest_gating(*config_, id, policy_->keyspaces().strictest());
    plans_.push_back({decision, told ? Route::kAudited : entry, gating, route, entry});
  }
}

bool Environment::halt_writes(std::shared_ptr<const metrics::WriteHalt> halt) {
  const bool had_one = halt_ != nullptr;
  halt_ = std::move(halt);
  halt_reply_ =
      halt_ == nullptr ? "" : error_reply("MISCONF", "the write was not sent to Redis: " + halt_->reason);
  if (had_one == (halt_ != nullptr)) return false;
  make_plans();
  return true;
}

// ACL is about the users that Holdfast has, where it has its own. Without, a client is `default`, whoever
// runs its scripts.
Route Environment::route(policy::CommandId id) const {
  const std::string_view name = policy::command(id).name;
  const bool is_ours = asks_for_login() ? name.starts_with("acl|") : name == "acl|whoami" && !passes_logins();
  return is_ours ? Route::kAcl : route_of(id);
}

const CommandPlan* Environment::plans_of(const policy::User* user) {
  if (passes_logins()) {
    if (plans_before_passed_login_.empty()) plans_before_passed_login_ = plans_before_login();
    return plans_before_passed_login_.data();
  }
  if (!asks_for_login()) return plans_.data();
  const auto known = plans_by_user_.find(user);
  if (known != plans_by_user_.end()) return known->second;
  const CommandPlan* plans = keep(user == nullptr ? plans_before_login() : plans_for(*user));
  plans_by_user_.emplace(user, plans);
  return plans;
}

const CommandPlan* Environment::keep(Plans plans) {
  size_t hash = 0;
  for (const CommandPlan& plan : plans)
    hash = hash * 31 + static_cast<size_t>(plan.route) * 7 + static_cast<size_t>(plan.decision);
  const auto [begin, end] = different_plans_.equal_range(hash);
  const auto same = std::find_if(begin, end, [&](const auto& entry) { return entry.second == plans; });
  if (same != end) return same->second.data();
  return different_plans_.emplace(hash, std::move(plans))->second.data();
}

const std::shared_ptr<const UpstreamLogin>& Environment::script_login(const policy::User* user) {
  const auto known = logins_.find(user);
  if (known != logins_.end()) return known->second;
  // In audit mode nothing that the user's ACL says may stop anything, in Redis neither.
  const policy::User* bound = config_->mode == config::Mode::kAudit ? nullptr : user;
  // Scripts of a user of Redis's have its rights there.
  const bool needed = !passes_logins() && config_->scripts != config::ScriptMode::kUnchecked &&
                      policy::may_run_scripts(*policy_, bound) && policy::needs_own_rights(*policy_, bound);
  std::shared_ptr<const UpstreamLogin> login;
  if (needed)
    login = std::make_shared<const UpstreamLogin>(make_upstream_login(*policy_, bound, upstream_.config()));
  // After a reload that left its rights as they were, its links stay.
  for (const auto& before : previous_logins_)
    if (needed && before != nullptr && *before == *login) login = before;
  return logins_.emplace(user, std::move(login)).first->second;
}

std::shared_ptr<const UpstreamLogin> Environment::client_login(std::string_view user,
                                                               std::string_view password) {
  std::erase_if(client_logins_, [](const auto& entry) { return entry.second.expired(); });
  auto& known = client_logins_[to_hex(sha256(std::string(user) + '\0' + std::string(password)))];
  std::shared_ptr<const UpstreamLogin> login = known.lock();
  if (login == nullptr) {
    login = std::make_shared<const UpstreamLogin>(
        UpstreamLogin{std::string(user), std::string(password), {}, {}});
    known = login;
  }
  return login;
}

CommandPlan Environment::refused_plan(policy::CommandId id) const {
  CommandPlan plan = plans_[id];
  plan.decision = policy::Decision::kRefuse;
  plan.route = plan.route_after_look = plan.audited_route = Route::kRefused;
  return plan;
}

Environment::Plans Environment::plans_before_login() const {
  Plans plans;
  for (policy::CommandId id = 0; id < plans_.size(); ++id)
    plans.push_back(policy::command(id).has(policy::kNoAuth) ? plans_[id] : refused_plan(id));
  return plans;
}

// What the environment refuses stays refused. A command that the user's ACL lets through whatever its
// arguments, as most are, is served as if there were no ACL.
Environment::Plans Environment::plans_for(const policy::User& user) const {
  Plans plans;
  for (policy::CommandId id = 0; id < plans_.size(); ++id) {
    CommandPlan plan = plans_[id];
    const bool is_settled = plan.route == Route::kRefused || user.acl.always_allows(id);
    if (!is_settled && !user.acl.never_allows(id)) {
      (plan.route == Route::kAudited ? plan.audited_route : plan.route) = Route::kLook;
    } else if (!is_settled && config_->mode == config::Mode::kAudit) {
      plan.decision = policy::Decision::kObserve;
      if (plan.route != Route::kAudited) plan.audited_route = std::exchange(plan.route, Route::kAudited);
    } else if (!is_settled) {
      plan = refused_plan(id);
    }
    plans.push_back(plan);
  }
  return plans;
}

bool Environment::needs_look(policy::CommandId id) const {
  return policy_->keyspaces().concerns(id) || policy_->known_scripts().concerns(id) ||
         (!policy_->key_prefix().empty() && policy::KeyPrefix::concerns(id)) ||
         !policy_->limits().of(id).empty() ||
         (config_->unbounded_reads != config::UnboundedReads::kAllow && policy::may_be_unbounded(id)) ||
         gating_needs_arguments(*config_, id);
}

const config::Journal& Environment::journal_config() const {
  return upstream_.config().journal;
}

}  // namespace holdfast::proxy
