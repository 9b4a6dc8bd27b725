// Inside MULTI: commands that Holdfast answers itself, and those that change what Redis keeps for the
// connection. They are queued, and done in EXEC, as by Redis (multi.c); how: execution.h.
#include <algorithm>
#include <charconv>
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/words.h"
#include "proxy/worker.h"
#include "resp/encode.h"
#include "resp/reply_cursor.h"

namespace holdfast::proxy {
namespace {

constexpr std::string_view kStandIn = "*2\r\n$6\r\nCLIENT\r\n$4\r\nINFO\r\n";
constexpr std::string_view kDatabaseKey = " db=";

}  // namespace

// --- Queueing -------------------------------------------------------------------------------------------

// Not for those that Redis does at once, inside MULTI too: QUIT and RESET.
Session::Step Session::queue_unusual(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  using Kind = QueuedCommand::Kind;
  if (!environment_.policy().key_prefix().empty() && plan.route != Route::kSelect)
    return unsupported(id, "inside MULTI is not supported with key_prefix");
  // Who the client is decides what of the transaction may run, and where.
  HelloOptions options;
  if (plan.route == Route::kHello) (void)parse_hello(arguments, options);
  const bool may_log_in = plan.route == Route::kAuth || options.login;
  if (may_log_in && (environment_.asks_for_login() || environment_.passes_logins()))
    return unsupported(id, "with a login inside MULTI is not supported where clients log in");
  switch (plan.route) {
    case Route::kSelect: {
      const Step sent = forward_on_own_link(id, plan);
      if (sent == Step::kForward) transaction_.queue_select();
      return sent;
    }
    case Route::kMonitor:
      return forward_on_own_link(id, plan);  // an error in EXEC
    case Route::kSubscribe: {
      QueuedCommand command;
      command.confirmation = confirmation_of(id);
      command.confirmations = static_cast<uint32_t>(arguments.size() - 1);
      return queue_as(Kind::kSubscribe, id, plan, std::move(command));
    }
    case Route::kTrackingInfo:
      return queue_as(Kind::kTrackingInfo, id, plan);
    case Route::kNoTouch: {
      QueuedCommand command;
      command.about = equals(arguments[2], "ON") ? Told::kNoTouchOn : Told::kNoTouchOff;
      return queue_as(Kind::kTold, id, plan, std::move(command));
    }
    case Route::kTracking:
      return track(id, plan, arguments);
    case Route::kClientUnknown:
      return take_client_command(id, plan.route, arguments);  // an error at once
    case Route::kHoldfast:
      if (policy::command(id).needs_subcommand()) return take_holdfast_command(id, arguments);  // the same
      return queue_local(id, plan, arguments);
    default:
      return queue_local(id, plan, arguments);
  }
}

// kForward: the request goes to Redis as it is.
Session::Step Session::queue_as(QueuedCommand::Kind kind, policy::CommandId id, const CommandPlan& plan,
                                QueuedCommand command) {
  command.kind = kind;
  command.id = id;
  command.position = transaction_.queued();
  const Step sent = forward_on_own_link(id, plan);
  if (sent != Step::kForward) return sent;
  if (execution_ == nullptr) execution_ = std::make_unique<Execution>();
  execution_->commands.push_back(std::move(command));
  return sent;
}

Session::Step Session::queue_local(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  QueuedCommand command;
  command.arguments.assign(arguments.begin(), arguments.end());
  const Step sent = queue_as(QueuedCommand::Kind::kLocal, id, plan, std::move(command));
  if (sent != Step::kForward) return sent;
  HelloOptions options;
  // What follows in the transaction is answered in the protocol that HELLO chooses.
  if (plan.route == Route::kHello && parse_hello(arguments, options).empty() && options.protocol != 0) {
    std::string request;
    resp::append_command(request, {"HELLO", std::to_string(options.protocol)});
    own_link_->append(request.data(), request.size());
  } else {
    own_link_->append(kStandIn.data(), kStandIn.size());
  }
  return Step::kDone;
}

void Session::end_transaction() {
  transaction_.end();
  execution_.reset();
}

// --- EXEC -----------------------------------------------------------------------------------------------

// Before it is sent, other workers are asked what its commands will want to know of them: its answer cannot
// wait for that. kForward: all is there.
Session::Step Session::ask_for_queued() {
  for (QueuedCommand& command : execution_->commands) {
    if (command.kind != QueuedCommand::Kind::kLocal || command.of_workers != nullptr) continue;
    const Route route = plans_[command.id].route_after_look;
    if (route != Route::kClientList && route != Route::kClientKill && route != Route::kClientUnblock)
      continue;
    SessionQuery query;
    const std::vector<std::string_view> arguments(command.arguments.begin(), command.arguments.end());
    if (!parse_query(route, arguments, query).empty()) continue;
    // It may still not be run.
    if (query.kind == SessionQuery::Kind::kKill) query.kind = SessionQuery::Kind::kMatch;
    const Step asked = ask_workers(std::move(query));
    if (asked != Step::kForward) return asked;
    command.of_workers = std::exchange(query_answer_, nullptr);
  }
  return Step::kForward;
}

void Session::execute(Gating gating) {
  Execution& execution = *execution_;
  execution.sent = true;
  execution.quiet = state_.is_quiet();
  execution.protocol = protocol_;
  execution.database = database_;
  execution.queued = transaction_.queued();
  execution.asked = last_read_ns_;
  execution.subscribes = std::ranges::any_of(execution.commands, [](const QueuedCommand& command) {
    return command.kind == QueuedCommand::Kind::kSubscribe;
  });
  if (holds_reply(gating)) execution.barrier = environment_.upstream().gate().barrier_for(*own_link_);
  if (execution.subscribes)
    own_link_->set_open_barrier(0);  // the question follows elsewhere: end_execution()
  own_link_->expect_execution(*this, execution);
}

void Session::begin_execution(std::string_view head) {
  if (state_.is_over()) return;
  execution_->begun = true;
  if (!execution_->quiet) gather(head);
}

void Session::deliver_not_executed(std::string_view bytes) {
  if (!execution_->quiet) deliver(bytes.data(), bytes.size());
}

void Session::fail_execution(std::string_view error) {
  const auto execution = std::exchange(execution_, nullptr);
  if (execution != nullptr && !execution->quiet) deliver_failure(error);
}

void Session::gather(std::string_view bytes) {
  execution_->reply.append(bytes);
  if (execution_->reply.size() > output_bytes_max()) close();
}

void Session::deliver_own(std::string_view bytes) {
  if (!is_executing())
    deliver(bytes.data(), bytes.size());
  else if (!state_.is_over() && !execution_->quiet)
    gather(bytes);
}

void Session::run_queued(std::string_view reply) {
  if (state_.is_over()) return;
  QueuedCommand& command = execution_->next_of(QueuedCommand::Kind::kLocal);
  std::string_view text;
  if (resp::ReplyCursor(reply).read_string(text)) {
    const size_t at = text.find(kDatabaseKey);
    if (at != std::string_view::npos)
      std::from_chars(text.data() + at + kDatabaseKey.size(), text.data() + text.size(),
                      execution_->database);
  }
  query_answer_ = std::move(command.of_workers);
  const std::vector<std::string_view> arguments(command.arguments.begin(), command.arguments.end());
  const Route route = plans_[command.id].route_after_look;
  if (route == Route::kHello || route == Route::kAuth)
    take_connection_command(command.id, route, arguments);
  else if (route == Route::kAcl)
    take_acl_command(command.id, arguments);
  else if (route == Route::kHoldfast)
    take_holdfast_command(command.id, arguments);
  else if (route == Route::kInfo)
    answer_text(command.id, worker_.self_report().info(environment_.config()));
  else
    take_client_command(command.id, route, arguments);
  query_answer_.reset();
}

void Session::end_execution() {
  const auto execution = std::exchange(execution_, nullptr);
  if (execution == nullptr || state_.is_over()) return;
  if (!execution->reply.empty() && execution->barrier != 0) {
    hold(execution->barrier, execution->reply, 1, execution->asked, false);
  } else if (!execution->reply.empty()) {
    replies_came(execution->asked, worker_.now_ns(), 1);
    deliver(execution->reply.data(), execution->reply.size());
  }
  if (execution->subscribes && execution->barrier != 0)
    environment_.upstream().gate().ask_elsewhere(execution->barrier);
  if (state_.is_over()) return;
  if (execution->skips_next && !state_.is_quiet()) state_.enter(SessionState::Replies::kSkip);
  if (execution->protocol != protocol_) moved_to(database_);
  if (!execution->leaves) return;
  tail_.clear();  // what follows is not done any more
  leave();
}

}  // namespace holdfast::proxy
