// Requests that are decided by their arguments: the keyspaces of their keys. Everything else takes the way
// of session_requests.cc.
#include <utility>

#include "base/clock.h"
#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/request_gating.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/words.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RefusalReason;
using metrics::RequestVerdict;

constexpr size_t kShownKeyMax = 64;
// The largest request that is gathered to be looked at.
constexpr size_t kGatheredBytesMax = 64 * 1024 * 1024;

// The routes on which a large request can be served, as in take_large().
bool may_be_large(Route route) {
  return route == Route::kShared || route == Route::kScript || route == Route::kOwnLink ||
         route == Route::kBlockOption || route == Route::kWatch;
}

}  // namespace

// Looks at the arguments and goes on with what they say. Deciding has no side effect until the request is
// taken: one that has to wait is looked at again.
Session::Step Session::look(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  CommandPlan decided = plan;
  decided.route = plan.route_after_look;
  // Redis only says that it is wrong.
  if (has_wrong_arity(id, arguments)) return take_looked_at(id, decided, arguments);
  policy::KeyUses& uses = worker_.key_uses();
  policy::find_keys(id, arguments, uses);
  std::vector<RuleName> observed;  // told when the request is taken
  if (user_ != nullptr) {
    const policy::AclVerdict verdict = user_->acl.check(id, arguments, uses);
    if (!verdict.allowed() && environment_.config().mode == config::Mode::kEnforce)
      return refuse_user(id, arguments, verdict);
    if (!verdict.allowed())
      observed.push_back({"user " + user_->name(), user_->location, RefusalReason::kAcl});
  }
  if (!environment_.policy().known_scripts().allows(id, arguments)) {
    if (environment_.config().mode == config::Mode::kEnforce)
      return refuse_script(id, "it is not one of the scripts in `files`");
    observed.push_back({"scripts", "", RefusalReason::kScript});
  }
  config::Durability durability = environment_.policy().keyspaces().strictest();
  if (const policy::Keyspaces& keyspaces = environment_.policy().keyspaces(); keyspaces.concerns(id)) {
    policy::OwedTtls* owed = transaction_.in_multi() ? &transaction_.owed_ttls() : nullptr;
    const policy::KeyspaceVerdict verdict = keyspaces.decide(id, arguments, uses, unix_ms(), owed);
    if (verdict.decision == policy::Decision::kRefuse)
      return refuse_by_rule(
          id, arguments, keyspaces.refusal(id, verdict),
          {verdict.keyspace->name, verdict.keyspace->where.to_string(), RefusalReason::kKeyspace});
    if (verdict.decision == policy::Decision::kObserve)
      observed.push_back(
          {verdict.keyspace->name, verdict.keyspace->where.to_string(), RefusalReason::kKeyspace});
    if (verdict.critical != nullptr) {
      const EvictionWatch& eviction = environment_.upstream().eviction();
      if (eviction.policy() == EvictionWatch::Policy::kUnknown && group_->ready_link(slot()) != nullptr)
        return wait_for(Wait::kLink);
      if (verdict.critical->on_evictable == config::OnEvictable::kRefuse &&
          eviction.policy() != EvictionWatch::Policy::kUnknown && eviction.endangers(*verdict.critical)) {
        if (verdict.critical->mode != config::Mode::kAudit) return refuse_evictable(id, verdict);
        observed.push_back(
            {verdict.critical->name, verdict.critical->where.to_string(), RefusalReason::kEvictable});
      }
    }
    durability = verdict.durability;
  }
  decided.gating = gating_of_request(environment_.config(), id, durability, arguments);
  RuleName exceeded_rule;
  if (auto refusal = exceeded(id, arguments, exceeded_rule)) {
    limits_paid_ = false;
    return refuse_by_rule(id, arguments, std::move(*refusal), exceeded_rule);
  }
  if (!exceeded_rule.name.empty()) observed.push_back(std::move(exceeded_rule));
  if (!observed.empty()) decided.decision = policy::Decision::kObserve;
  const Step step = environment_.policy().key_prefix().empty() ? take_looked_at(id, decided, arguments)
                                                               : take_prefixed(id, decided, arguments);
  if (step != Step::kWait) {
    limits_paid_ = false;
    for (const RuleName& rule : observed) tell_observed(rule.reason, id, arguments, rule.name, rule.where);
  }
  return step;
}

Session::Step Session::refuse_by_rule(policy::CommandId id, Arguments arguments, std::string reply,
                                      const RuleName& rule) {
  transaction_.poison();
  tell_refused(rule.reason, id, arguments, rule.name, rule.where);
  return answer(id, std::move(reply), RequestVerdict::kRefused);
}

// The client's names with the environment's prefix, in the request and in its reply.
Session::Step Session::take_prefixed(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const policy::KeyPrefix& prefix = environment_.policy().key_prefix();
  if (!policy::KeyPrefix::concerns(id)) return take_looked_at(id, plan, arguments);
  const std::string_view objection = prefix.objection(id, arguments, worker_.key_uses());
  if (!objection.empty())
    return refuse_by_rule(
        id, arguments,
        policy::refusal("'" + command_label(id) + "', " + std::string(objection), environment_.config().name,
                        "key_prefix"),
        {"key_prefix", environment_.config().key_prefix.where.to_string(), RefusalReason::kKeyPrefix});
  // The links that run scripts may not see all keys, and it is to Redis that these would be names of any.
  bool steps_out = false;
  if (policy::KeyPrefix::needs_all_keys(id, worker_.key_uses()) && !environment_.passes_logins()) {
    if (own_link_ == nullptr && leave_script_login() == Step::kWait) return Step::kWait;
    steps_out = own_link_ != nullptr && own_link_->login() != nullptr && !may_be_subscribed_in_resp2();
    if (steps_out && transaction_.in_multi())
      return refuse_by_rule(
          id, arguments,
          policy::refusal("'" + command_label(id) + "' inside MULTI, where key_prefix does not serve it,",
                          environment_.config().name, "key_prefix"),
          {"key_prefix", environment_.config().key_prefix.where.to_string(), RefusalReason::kKeyPrefix});
    if (steps_out && !own_link_->is_ready()) return wait_for(Wait::kLink);
    if (steps_out && own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
    if (steps_out) own_link_->step_out();
  }
  form_ = policy::KeyPrefix::reply_form(id);
  // Inside MULTI it is EXEC's reply that has the names.
  state_.rewrite_next_reply(form_ != policy::ReplyForm::kPlain && !transaction_.in_multi());
  const Step step = take_looked_at(id, plan, arguments);
  state_.rewrite_next_reply(false);
  form_ = policy::ReplyForm::kPlain;
  if (steps_out && step != Step::kForward && own_link_ != nullptr) own_link_->step_back();
  if (step != Step::kForward) return step;
  stepped_out_ = steps_out;
  worker_.rewritten().clear();
  prefix.rewrite(id, arguments, worker_.key_uses(), worker_.rewritten());
  return Step::kForwardRewritten;
}

Session::Step Session::refuse_evictable(policy::CommandId id, const policy::KeyspaceVerdict& verdict) {
  transaction_.poison();
  return unavailable(
      id,
      error_reply("MISCONF", "'" + command_label(id) + "' on key '" +
                                 policy::printable(verdict.critical_key, kShownKeyMax) +
                                 "' was not sent to Redis, which may evict keys of the critical "
                                 "keyspace '" +
                                 policy::printable(verdict.critical->name) +
                                 "': " + environment_.upstream().eviction().what_redis_says() +
                                 "; set maxmemory-policy noeviction in Redis"),
      RefusalReason::kEvictable, verdict.critical->name);
}

// What is large would hold up everybody on the shared link.
Session::Step Session::take_looked_at(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  if (gathered_ != nullptr) {
    if (!may_be_large(plan.route)) return unsupported(id, "with an argument that large is not supported");
    const Step step = need_own_link(id);
    if (step != Step::kForward) return step;
  }
  return take_special(id, plan, arguments);
}

// --- Requests that are too large for the read buffer ----------------------------------------------------

// The first ones of so many arguments, of which this many bytes are still to come, or more.
Session::Step Session::begin_gathering(policy::CommandId id, uint64_t bytes) {
  last_command_ = id;
  if (bytes <= kGatheredBytesMax && worker_.gathers_more(bytes)) {
    gathered_ = std::make_unique<std::string>();
    return Step::kGather;
  }
  return too_large_to_look_at(id);
}

Session::Step Session::too_large_to_look_at(policy::CommandId id) {
  transaction_.poison();
  count_refusal(RefusalReason::kTooLarge, id, {}, to_string(RefusalReason::kTooLarge), false);
  return answer(id,
                error_reply("ERR", "'" + command_label(id) +
                                       "' with so much data cannot be checked against the rules of this "
                                       "environment; send at most 64 MiB in one command"),
                RequestVerdict::kRefused);
}

// False: it is too much after all, and forgotten.
bool Session::gather(const char* data, size_t size) {
  if (gathered_->size() + size > kGatheredBytesMax || !worker_.gathers_more(size)) {
    drop_gathered();
    return false;
  }
  gathered_->append(data, size);
  worker_.gathering(static_cast<int64_t>(size));
  return true;
}

// The whole request is there: it is decided like any other. kWait: again when the session is resumed.
Session::Step Session::take_gathered() {
  resp::RequestParser& parser = worker_.parser();
  if (parser.parse(gathered_->data(), gathered_->size()) != resp::RequestParser::Outcome::kRequest) {
    close();
    return Step::kSkipRest;
  }
  const Step step = take(parser.arguments());
  if (step == Step::kWait) return step;
  if ((step == Step::kForward || step == Step::kForwardRewritten) && gathered_ != nullptr) {
    const std::string& request = step == Step::kForward ? *gathered_ : worker_.rewritten();
    target_->append(request.data(), request.size());
    end_own_request();
  }
  drop_gathered();
  return step;
}

void Session::drop_gathered() {
  if (gathered_ == nullptr) return;
  worker_.gathering(-static_cast<int64_t>(gathered_->size()));
  gathered_.reset();
}

}  // namespace holdfast::proxy
