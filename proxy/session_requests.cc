// Requests to links: the policy's verdict, the route, and what a session's state makes of both.
#include <algorithm>
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/words.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

// XREAD and XREADGROUP block only with this option. A key or a consumer of that name costs no more than a
// link of its own for one command.
bool asks_to_block(std::span<const std::string_view> arguments) {
  return std::any_of(arguments.begin() + 1, arguments.end(),
                     [](std::string_view argument) { return equals(argument, "BLOCK"); });
}

// A web page that makes a browser talk to this port must get nothing run (server.c, securityWarningCommand).
bool is_http(std::string_view name) {
  return equals(name, "POST") || equals(name, "Host:");
}

// Redis 7, server.c, processCommand(): with RESP2 and a subscription.
bool is_allowed_while_subscribed(policy::CommandId id, Route route) {
  static const policy::CommandId ping = policy::find_command("ping");
  return id == ping || route == Route::kSubscribe || route == Route::kQuit || route == Route::kReset;
}

std::string not_while_subscribed(policy::CommandId id) {
  return plain_error_reply("ERR Can't execute '" + std::string(policy::command(id).name) +
                           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                           "this context");
}

}  // namespace

Session::Step Session::wait_for(Wait what) {
  state_.enter(what);
  return Step::kWait;
}

void Session::count_allowed(policy::CommandId id, const CommandPlan& plan) {
  environment_.stats()
      .requests(id, plan.decision == policy::Decision::kAllow ? RequestVerdict::kAllowed
                                                              : RequestVerdict::kObserved)
      .add();
}

// An answer of Holdfast's own takes its place behind what the links still owe this session.
Session::Step Session::answer(policy::CommandId id, std::string text, RequestVerdict verdict) {
  if (is_executing()) {  // counted when it was queued
    if (!execution_->quiet) gather(text);
    return Step::kDone;
  }
  environment_.stats().requests(id, verdict).add();
  if (state_.is_quiet()) return Step::kDone;
  if (entries_ == 0) {
    worker_.answer_locally(*this, text);
  } else {
    UpstreamLink* link = own_link_ != nullptr ? own_link_ : group_->ready_link(slot());
    link->answer_in_place(*this, std::move(text));
  }
  return Step::kDone;
}

Session::Step Session::unavailable(policy::CommandId id, std::string text, metrics::RefusalReason reason,
                                   std::string_view rule) {
  environment_.stats().refusals.add(rule.empty() ? to_string(reason) : rule, reason);
  return answer(id, std::move(text), RequestVerdict::kUnavailable);
}

Session::Step Session::refuse(policy::CommandId id, Arguments arguments) {
  if (is_nobody()) {
    std::string refused;
    if (begin_as_default_user(refused) == Step::kWait) return Step::kWait;
    return refused.empty() ? take(arguments) : refuse_nobody(id, arguments, std::move(refused));
  }
  if (user_ != nullptr) {
    // The user's ACL is asked before the environment, and says so if it refuses.
    const policy::AclVerdict verdict = policy::decide(*user_, id, arguments, worker_.key_uses());
    if (!verdict.allowed()) return refuse_user(id, arguments, verdict);
  }
  transaction_.poison();
  const policy::CommandInfo& command = policy::command(id);
  if (arguments.size() == 1 && command.needs_subcommand())
    return answer(id, wrong_arity(command.name), RequestVerdict::kRefused);
  const policy::Verdict& verdict = environment_.policy().decide(id);
  tell_refused(id == policy::kUnknownCommand ? metrics::RefusalReason::kUnknownCommand
                                             : metrics::RefusalReason::kCommand,
               id, arguments, verdict.rule, verdict.rule_location);
  return answer(id,
                id == policy::kUnknownCommand ? environment_.policy().unknown_command_reply(arguments[0])
                                              : std::string(environment_.policy().decide(id).error_reply),
                RequestVerdict::kRefused);
}

// Whoever may run it: nothing is written now, because of `require`.
Session::Step Session::refuse_halted(policy::CommandId id, Arguments arguments) {
  transaction_.poison();
  const metrics::WriteHalt& halt = *environment_.write_halt();
  tell_refused(metrics::RefusalReason::kPosture, id, arguments, halt.rule, halt.where);
  return answer(id, environment_.write_halt_reply(), RequestVerdict::kRefused);
}

Session::Step Session::unsupported(policy::CommandId id, std::string_view why) {
  transaction_.poison();
  return answer(id, error_reply("ERR", "'" + command_label(id) + "' " + std::string(why)),
                RequestVerdict::kUnsupported);
}

Session::Step Session::take(Arguments arguments) {
#ifdef HOLDFAST_BENCH_BARE
  // What a request costs without a look at it: bench/scenarios/policy.cc.
  constexpr CommandPlan kPassedOn{policy::Decision::kAllow, Route::kShared, Gating::kNone, Route::kShared,
                                  Route::kShared};
  if (state_.is_plain()) return forward_shared(policy::kUnknownCommand, kPassedOn);
#endif
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  const CommandPlan& plan = plans_[id];
  last_command_ = id;
  if (worker_.samples_now()) [[unlikely]]
    sample_key(id, arguments);
  if (plan.route == Route::kShared && state_.is_plain()) [[likely]]
    return forward_shared(id, plan);
  return take_unusual(id, plan, arguments);
}

Session::Step Session::take_unusual(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  if (id == policy::kUnknownCommand && is_http(arguments[0])) [[unlikely]] {
    close();
    return Step::kSkipRest;
  }
  if (execution_ != nullptr && execution_->sent) return wait_for(Wait::kReplies);
  if (state_.is_wanted()) {
    const Step step = need_own_link(id);
    if (step == Step::kDone) state_.enter(SessionState::Target::kNobodys);
    if (step != Step::kForward) return step;
    become_target();
  }
  if (plan.route == Route::kAudited) return take_audited(id, plan, arguments);
  const bool skips_reply = state_.replies() == SessionState::Replies::kSkip;
  const Step step = plan.route == Route::kRefused ? refuse(id, arguments)
                    : plan.route == Route::kLook  ? look(id, plan, arguments)
                                                  : take_special(id, plan, arguments);
  // CLIENT REPLY says itself what is next.
  if (skips_reply && step != Step::kWait && plan.route != Route::kClientReply)
    state_.enter(SessionState::Replies::kOn);
  return step;
}

// May this write be sent? With on_failure = "allow" it may also when the journal cannot take it, and then
// it is not gated.
bool Session::journal_takes(Gating& gating, UpstreamLink& link) {
  if (gating == Gating::kNone || environment_.upstream().gate().accepts_writes(link)) return true;
  gating = Gating::kNone;
  if (environment_.journal_config().on_failure != config::OnFailure::kAllow) return false;
  environment_.stats().unjournaled_requests.add();
  return true;
}

void Session::expect(UpstreamLink& link, Gating gating) {
  if (!state_.replies_are_plain()) [[unlikely]]
    expect_unusual(link, gating);
  else if (holds_reply(gating))
    link.expect_gated_reply(*this, last_read_ns_, environment_.upstream().gate().barrier_for(link),
                            gating == Gating::kHoldRead);
  else
    link.expect_reply(*this, last_read_ns_);
}

void Session::expect_unusual(UpstreamLink& link, Gating gating) {
  // What nobody is told has nothing to wait for.
  if (state_.is_quiet()) {
    link.expect_replaced_reply(this, {});
    return;
  }
  const uint64_t barrier = holds_reply(gating) ? environment_.upstream().gate().barrier_for(link) : 0;
  link.expect_rewritten_reply(*this, last_read_ns_, barrier, gating == Gating::kHoldRead, form_,
                              forms_of_queued_, adds_info_);
}

Session::Step Session::forward_shared(policy::CommandId id, const CommandPlan& plan) {
  UpstreamLink* link = group_->ready_link(slot());
  if (link == nullptr) [[unlikely]] {
    if (group_->is_first_try(slot())) return wait_for(Wait::kLink);
    return unavailable(id, environment_.upstream().unavailable_reply(), metrics::RefusalReason::kUpstream);
  }
  if (link->must_wait_for_room()) [[unlikely]]
    return wait_for(Wait::kRoom);
  Gating gating = plan.gating;
  if (!journal_takes(gating, *link)) [[unlikely]] {
    if (environment_.upstream().gate().awaits_identity(*link)) {
      unsure_link_ = link;
      return wait_for(Wait::kLink);
    }
    return unavailable(id, environment_.upstream().gate().refusal(plan.gating == Gating::kHoldRead),
                       metrics::RefusalReason::kJournal);
  }
  count_allowed(id, plan);
  expect(*link, gating);
  target_ = link;
  return Step::kForward;
}

Session::Step Session::forward(policy::CommandId id, const CommandPlan& plan) {
  return own_link_ != nullptr ? forward_on_own_link(id, plan) : forward_shared(id, plan);
}

Session::Step Session::take_special(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  if (plan.route == Route::kHalted) return refuse_halted(id, arguments);
  if (must_wait_for_kill(plan.route)) return wait_for(Wait::kReplies);
  if (may_be_subscribed_in_resp2() && !is_allowed_while_subscribed(id, plan.route)) {
    if (entries_ > 0) return wait_for(Wait::kReplies);
    const bool is_subscribed = own_link_->subscriptions().total() > 0;
    // Redis would only say that it knows no such command.
    if (is_subscribed && plan.route == Route::kHoldfast) return answer(id, not_while_subscribed(id));
    if (is_subscribed) return forward_to_be_refused(id, plan);
    release_own_link_if_idle();
  }
  const bool in_multi = transaction_.in_multi();
  const bool wrong_arity_for_redis = has_wrong_arity(id, arguments);
  switch (plan.route) {
    case Route::kShared:
      return forward(id, plan);
    case Route::kScript:
      return take_script(id, plan);
    case Route::kUnsupported:
      return unsupported(id, "is not supported by this version; connect to Redis itself for it");

    case Route::kCluster:
      // Outside of a cluster it does nothing but to say so.
      if (group_->facts().mode == "standalone") return forward(id, plan);
      return unsupported(id, "is not supported in front of a cluster");

    case Route::kMulti:
      return wrong_arity_for_redis || in_multi ? forward(id, plan) : begin_multi(id, plan);
    case Route::kExec:
    case Route::kDiscard:
      return wrong_arity_for_redis || !in_multi ? forward(id, plan) : take_transaction_end(id, plan.route);
    case Route::kWatch:
      return wrong_arity_for_redis || in_multi ? forward(id, plan) : watch(id, plan);
    case Route::kUnwatch: {
      const Step sent = forward(id, plan);
      if (sent == Step::kForward && !wrong_arity_for_redis) transaction_.unwatch();
      return sent;
    }

    case Route::kBlockOption:
      return asks_to_block(arguments) ? forward_may_block(id, plan) : forward(id, plan);
    case Route::kKill:
    case Route::kOwnLink:
      return forward_may_block(id, plan);
    case Route::kWait:
      return wrong_arity_for_redis || in_multi ? forward(id, plan) : wait_for_replicas(id, plan);
    case Route::kInfo:
      return take_info(id, plan, arguments);
    case Route::kTrackingInfo:
      if (wrong_arity_for_redis) return forward(id, plan);
      return in_multi ? queue_unusual(id, plan, arguments) : tracking_info(id, plan);
    default:
      break;
  }
  if (wrong_arity_for_redis) {
    transaction_.poison();
    return answer(id, wrong_arity(policy::command(id).name));
  }
  if (plan.route == Route::kQuit) {
    if (state_.is_serving()) state_.enter(Life::kLeaving);
    answer(id, std::string(kOk));
    return Step::kSkipRest;
  }
  if (plan.route == Route::kReset) return reset(id);
  if (in_multi) return queue_unusual(id, plan, arguments);
  switch (plan.route) {
    case Route::kSubscribe:
      return subscribe(id, plan, arguments.size());
    case Route::kMonitor:
      return monitor(id, plan);
    case Route::kTracking:
      return track(id, plan, arguments);
    case Route::kNoTouch:
      return no_touch(id, plan, arguments);
    case Route::kSelect:
    case Route::kHello:
    case Route::kAuth:
      return take_connection_command(id, plan.route, arguments);
    case Route::kAcl:
      return take_acl_command(id, arguments);
    case Route::kHoldfast:
      return take_holdfast_command(id, arguments);
    default:
      return take_client_command(id, plan.route, arguments);
  }
}

// A request that is too large for the read buffer: `known` are the first ones of so many arguments, and it
// has this many bytes at the least.
Session::Step Session::take_large(Arguments known, size_t arguments, uint64_t bytes) {
  const policy::CommandId id =
      policy::find_command(known[0], known.size() > 1 ? known[1] : std::string_view());
  CommandPlan plan = plans_[id];
  if (execution_ != nullptr && execution_->sent) return wait_for(Wait::kReplies);
  if (plan.route == Route::kRefused && is_nobody()) {
    std::string refused;
    if (begin_as_default_user(refused) == Step::kWait) return Step::kWait;
    return refused.empty() ? take_large(known, arguments, bytes)
                           : refuse_nobody(id, known, std::move(refused));
  }
  if (plan.route == Route::kRefused) return refuse(id, known);
  if (plan.route == Route::kHalted) return refuse_halted(id, known);
  if (plan.route == Route::kAudited) {
    if (plan.audited_route != Route::kLook) tell_audit_of_taken(id, plan, known);
    plan.route = plan.audited_route;
  }
  if (plan.route == Route::kLook) return begin_gathering(id, bytes);
  switch (plan.route) {
    case Route::kShared:
    case Route::kScript:
    case Route::kOwnLink:
    case Route::kBlockOption:
    case Route::kWatch:
      break;
    case Route::kSubscribe:
      if (!transaction_.in_multi()) return subscribe(id, plan, arguments);
      [[fallthrough]];
    default:
      return unsupported(id, "with an argument that large is not supported");
  }
  if (must_wait_for_kill(plan.route)) return wait_for(Wait::kReplies);
  if (may_be_subscribed_in_resp2()) {
    if (entries_ > 0) return wait_for(Wait::kReplies);
    if (own_link_->subscriptions().total() > 0) return forward_to_be_refused(id, plan);
    release_own_link_if_idle();
  }
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  const Step sent = plan.route == Route::kScript ? take_script(id, plan) : forward_on_own_link(id, plan);
  if (sent == Step::kForward && plan.route == Route::kWatch) transaction_.watch();
  if (sent == Step::kForward && plan.route == Route::kOwnLink && !transaction_.in_multi())
    state_.hold(SessionState::kBlocking, true);
  return sent;
}

}  // namespace holdfast::proxy
