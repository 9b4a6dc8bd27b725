// Requests to links: the policy's verdict, the route, and what a session's state makes of both.
#include <strings.h>

#include <algorithm>
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

constexpr std::string_view kDiscardRequest = "*1\r\n$7\r\nDISCARD\r\n";
constexpr std::string_view kExecAbort = "-EXECABORT Transaction discarded because of previous errors.\r\n";

bool equals(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

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

std::string command_label(policy::CommandId id) {
  std::string label(policy::command(id).name);
  for (char& c : label) c = c == '|' ? ' ' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 32) : c;
  return label;
}

}  // namespace

Session::Step Session::wait_for(Wait what) {
  wait_ = what;
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
  environment_.stats().requests(id, verdict).add();
  if (entries_ == 0) {
    worker_.answer_locally(*this, text);
  } else {
    UpstreamLink* link = own_link_ != nullptr ? own_link_ : group_->ready_link(slot());
    link->answer_in_place(*this, std::move(text));
  }
  return Step::kDone;
}

Session::Step Session::refuse(policy::CommandId id, Arguments arguments) {
  transaction_.poison();
  const policy::CommandInfo& command = policy::command(id);
  if (arguments.size() == 1 && command.needs_subcommand())
    return answer(id, wrong_arity(command.name), RequestVerdict::kRefused);
  return answer(id,
                id == policy::kUnknownCommand ? environment_.policy().unknown_command_reply(arguments[0])
                                              : std::string(environment_.policy().decide(id).error_reply),
                RequestVerdict::kRefused);
}

Session::Step Session::unsupported(policy::CommandId id, std::string_view why) {
  transaction_.poison();
  return answer(id, error_reply("ERR", "'" + command_label(id) + "' " + std::string(why)),
                RequestVerdict::kUnsupported);
}

Session::Step Session::take(Arguments arguments) {
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  const CommandPlan& plan = environment_.plan(id);
  if (id == policy::kUnknownCommand && is_http(arguments[0])) [[unlikely]] {
    close();
    return Step::kSkipRest;
  }
  if (plan.decision == policy::Decision::kRefuse) [[unlikely]]
    return refuse(id, arguments);
  if (plan.route == Route::kShared && own_link_ == nullptr) [[likely]]
    return forward_shared(id, plan);
  return take_special(id, plan, arguments);
}

// May this write be sent? With on_failure = "allow" it may also when the journal cannot take it, and then
// it is not gated.
bool Session::journal_takes(Gating& gating, UpstreamLink& link) {
  if (gating == Gating::kNone || environment_.upstream().gate().accepts_writes(link)) return true;
  gating = Gating::kNone;
  return environment_.journal_config().on_failure == config::OnFailure::kAllow;
}

void Session::expect(UpstreamLink& link, Gating gating) {
  if (gating == Gating::kHold)
    link.expect_gated_reply(*this, worker_.now_ns(), environment_.upstream().gate().barrier_for(link));
  else
    link.expect_reply(*this, worker_.now_ns());
}

Session::Step Session::forward_shared(policy::CommandId id, const CommandPlan& plan) {
  UpstreamLink* link = group_->ready_link(slot());
  if (link == nullptr) [[unlikely]] {
    if (group_->is_first_try(slot())) return wait_for(Wait::kLink);
    return answer(id, environment_.upstream().unavailable_reply(), RequestVerdict::kUnavailable);
  }
  if (link->must_wait_for_room()) [[unlikely]]
    return wait_for(Wait::kRoom);
  Gating gating = plan.gating;
  if (!journal_takes(gating, *link)) [[unlikely]] {
    if (environment_.upstream().gate().awaits_identity(*link)) {
      link->ask_identity();
      return wait_for(Wait::kLink);
    }
    return answer(id, environment_.upstream().gate().refusal(), RequestVerdict::kUnavailable);
  }
  count_allowed(id, plan);
  expect(*link, gating);
  target_ = link;
  return Step::kForward;
}

Session::Step Session::forward_on_own_link(policy::CommandId id, const CommandPlan& plan) {
  if (!own_link_->is_ready()) return wait_for(Wait::kLink);
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  Gating gating = plan.gating;
  if (!journal_takes(gating, *own_link_)) {
    // Inside MULTI the question would only queue.
    if (!transaction_.in_multi() && environment_.upstream().gate().awaits_identity(*own_link_)) {
      own_link_->ask_identity();
      return wait_for(Wait::kLink);
    }
    transaction_.poison();
    return answer(id, environment_.upstream().gate().refusal(), RequestVerdict::kUnavailable);
  }
  // Inside MULTI a write only queues; EXEC is what runs it, and what is gated.
  if (transaction_.in_multi()) {
    if (gating != Gating::kNone) transaction_.queue_write();
    gating = Gating::kNone;
  }
  count_allowed(id, plan);
  expect(*own_link_, gating);
  target_ = own_link_;
  return Step::kForward;
}

Session::Step Session::forward(policy::CommandId id, const CommandPlan& plan) {
  return own_link_ != nullptr ? forward_on_own_link(id, plan) : forward_shared(id, plan);
}

// kForward: the session has a ready link of its own. A session moves to it only when no other link owes
// it a reply, so that its replies cannot overtake each other.
Session::Step Session::need_own_link(policy::CommandId id, bool for_kill) {
  if (!own_link_problem_.empty()) {
    const std::string problem = std::exchange(own_link_problem_, {});
    return answer(id, error_reply("MASTERDOWN", "no connection to the upstream for this command: " + problem),
                  RequestVerdict::kUnavailable);
  }
  if (own_link_ == nullptr) {
    if (entries_ > 0) return wait_for(Wait::kReplies);
    if (!for_kill && group_->ready_link(slot()) == nullptr && group_->is_first_try(slot()))
      return wait_for(Wait::kLink);
    if (!environment_.upstream().private_links().has_room())
      return answer(
          id,
          error_reply("MASTERDOWN",
                      "too many clients need a connection to Redis of their own (MULTI, WATCH, blocking "
                      "commands); raise the limit of open files of Holdfast, or lower max_clients"),
          RequestVerdict::kUnavailable);
    // Connecting can fail before lend() returns, and is told to who waits for a link.
    wait_ = Wait::kLink;
    UpstreamLink& link =
        environment_.upstream().private_links().lend(*this, LinkKey{database_, protocol_, for_kill});
    wait_ = Wait::kNothing;
    if (!own_link_problem_.empty()) return need_own_link(id, for_kill);
    own_link_ = &link;
  }
  return own_link_->is_ready() ? Step::kForward : wait_for(Wait::kLink);
}

Session::Step Session::take_special(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const bool in_multi = transaction_.in_multi();
  switch (plan.route) {
    case Route::kShared:
      return forward_on_own_link(id, plan);
    case Route::kUnsupported:
      return unsupported(id, "is not supported by this version; connect to Redis itself for it");

    case Route::kMulti: {
      if (arguments.size() != 1 || in_multi) return forward(id, plan);
      const Step step = need_own_link(id);
      if (step != Step::kForward) return step;
      if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
      count_allowed(id, plan);
      own_link_->expect_multi_reply(*this, worker_.now_ns());
      transaction_.begin();
      target_ = own_link_;
      return Step::kForward;
    }
    case Route::kExec:
    case Route::kDiscard:
      if (!in_multi || arguments.size() != 1) return forward(id, plan);
      return take_transaction_end(id, plan.route);

    case Route::kWatch: {
      if (arguments.size() < 2 || in_multi) return forward(id, plan);
      const Step step = need_own_link(id);
      if (step != Step::kForward) return step;
      const Step sent = forward_on_own_link(id, plan);
      if (sent == Step::kForward) transaction_.watch();
      return sent;
    }
    case Route::kUnwatch: {
      const Step sent = forward(id, plan);
      if (sent == Step::kForward && arguments.size() == 1) transaction_.unwatch();
      return sent;
    }

    case Route::kBlockOption:
      if (!asks_to_block(arguments)) return forward(id, plan);
      [[fallthrough]];
    case Route::kKill:
    case Route::kOwnLink: {
      const Step step = need_own_link(id, plan.route == Route::kKill);
      if (step != Step::kForward) return step;
      const Step sent = forward_on_own_link(id, plan);
      if (sent == Step::kForward && !in_multi) may_block_ = true;
      return sent;
    }
    default:
      break;
  }
  if (plan.route == Route::kQuit) {
    state_ = State::kLeaving;
    answer(id, std::string(kOk));
    return Step::kSkipRest;
  }
  if (plan.route == Route::kReset) return reset(id);
  // What follows is answered here and not by Redis, so it cannot be queued in a transaction.
  if (in_multi) return unsupported(id, "inside MULTI is not supported by this version");
  return take_connection_command(id, plan.route, arguments);
}

Session::Step Session::take_transaction_end(policy::CommandId id, Route route) {
  if (!own_link_->is_ready()) return wait_for(Wait::kLink);
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  Gating gating = Gating::kNone;
  std::string abort;
  if (route == Route::kExec) {
    if (transaction_.is_poisoned()) {
      abort = kExecAbort;
    } else if (transaction_.may_write()) {
      gating = environment_.config().durability.value == config::Durability::kSync ? Gating::kHold
                                                                                   : Gating::kNeedJournal;
      // In the words in which Redis itself says that EXEC cannot run now.
      if (!journal_takes(gating, *own_link_))
        abort = "-EXECABORT Transaction discarded because of: " +
                environment_.upstream().gate().refusal().substr(1);
    }
  }
  transaction_.end();
  if (!abort.empty()) {
    environment_.stats().requests(id, RequestVerdict::kAllowed).add();
    own_link_->expect_replaced_reply(this, std::move(abort));
    own_link_->append(kDiscardRequest.data(), kDiscardRequest.size());
    return Step::kDone;
  }
  environment_.stats().requests(id, RequestVerdict::kAllowed).add();
  expect(*own_link_, gating);
  target_ = own_link_;
  return Step::kForward;
}

// A request that is too large to gather: `known` are the arguments before the large one.
Session::Step Session::take_large(Arguments known) {
  const policy::CommandId id =
      policy::find_command(known[0], known.size() > 1 ? known[1] : std::string_view());
  const CommandPlan& plan = environment_.plan(id);
  if (plan.decision == policy::Decision::kRefuse) return refuse(id, known);
  switch (plan.route) {
    case Route::kShared:
    case Route::kOwnLink:
    case Route::kBlockOption:
    case Route::kWatch:
      break;
    default:
      return unsupported(id, "with an argument that large is not supported");
  }
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  const Step sent = forward_on_own_link(id, plan);
  if (sent == Step::kForward && plan.route == Route::kWatch) transaction_.watch();
  if (sent == Step::kForward && plan.route == Route::kOwnLink) may_block_ = !transaction_.in_multi();
  return sent;
}

}  // namespace holdfast::proxy
