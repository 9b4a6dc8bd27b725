// States that Redis keeps for a connection: transactions, blocking commands, subscriptions, MONITOR. The
// session borrows a link for them, and all of its requests go there until the state is over.
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/request_gating.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

constexpr std::string_view kExecRequest = "*1\r\n$4\r\nEXEC\r\n";
constexpr std::string_view kDiscardRequest = "*1\r\n$7\r\nDISCARD\r\n";
constexpr std::string_view kExecAbort = "-EXECABORT Transaction discarded because of previous errors.\r\n";
constexpr std::string_view kExecAbortOutdated =
    "-EXECABORT Transaction discarded because of: the rules of this environment were changed after "
    "MULTI.\r\n";

}  // namespace

FrameKind Session::confirmation_of(policy::CommandId id) {
  const std::string_view command = policy::command(id).name;
  if (command == "subscribe") return FrameKind::kSubscribe;
  if (command == "unsubscribe") return FrameKind::kUnsubscribe;
  if (command == "psubscribe") return FrameKind::kPsubscribe;
  if (command == "punsubscribe") return FrameKind::kPunsubscribe;
  return command == "ssubscribe" ? FrameKind::kSsubscribe : FrameKind::kSunsubscribe;
}

// --- Borrowing and giving back --------------------------------------------------------------------------

void Session::borrow_own_link(UpstreamLink& link) {
  own_link_ = &link;
  state_.enter(SessionState::Link::kOwn);
}

UpstreamLink& Session::lose_own_link() {
  state_.enter(SessionState::Link::kShared);
  return *std::exchange(own_link_, nullptr);
}

// Does Redis keep nothing more for this connection? Its replies have said so: none is outstanding.
bool Session::own_link_is_idle() const {
  return entries_ == 0 && !state_.holds_link() && !transaction_.holds_state() &&
         own_link_->subscriptions().total() == 0;
}

void Session::release_own_link_if_idle() {
  if (own_link_ == nullptr || !own_link_->is_ready() || !own_link_is_idle()) return;
  environment_.upstream().private_links().give_back(lose_own_link());
}

// A link for a kill carries nothing else: it is in no database of the session's, and belongs to no history.
bool Session::must_wait_for_kill(Route route) {
  if (own_link_ == nullptr || !own_link_->is_for_kill() || route == Route::kKill) return false;
  if (entries_ > 0) return true;
  release_own_link_if_idle();
  return false;
}

void Session::own_link_lost(const Error& error) {
  // What Redis kept went with it: as with Redis, that is the end of the connection.
  if (state_.holds_link() || transaction_.holds_state() ||
      (own_link_ != nullptr && own_link_->subscriptions().total() > 0))
    close();
  if (own_link_ != nullptr) lose_own_link();
  if (state_.is_over()) return;
  if (state_.wait() != Wait::kLink) return;
  own_link_problem_ = error.message();
  worker_.resume_later(*this);
}

// kForward: the session has a ready link of its own. A session moves to it only when no other link owes
// it a reply, so that its replies cannot overtake each other.
Session::Step Session::need_own_link(policy::CommandId id, bool for_kill) {
  if (!own_link_problem_.empty()) {
    const std::string problem = std::exchange(own_link_problem_, {});
    return unavailable(
        id, error_reply("MASTERDOWN", "no connection to the upstream for this command: " + problem),
        metrics::RefusalReason::kUpstream);
  }
  if (own_link_ == nullptr) {
    if (entries_ > 0) return wait_for(Wait::kReplies);
    // Redis lets a user subscribe only to the very patterns of its rules, and those of the script login are
    // all under the prefix.
    static const policy::CommandId psubscribe = policy::find_command("psubscribe");
    const bool as_holdfast = for_kill || (id == psubscribe && !environment_.policy().key_prefix().empty() &&
                                          !environment_.passes_logins());
    // A script may come while this link is in use.
    if (!as_holdfast && enter_script_login(id) == Step::kWait) return Step::kWait;
    if (!for_kill && group_->ready_link(slot()) == nullptr && group_->is_first_try(slot()))
      return wait_for(Wait::kLink);
    if (!environment_.upstream().private_links().has_room())
      return unavailable(
          id,
          error_reply("MASTERDOWN",
                      "too many clients need a connection to Redis of their own (MULTI, WATCH, blocking "
                      "commands, subscriptions); raise the limit of open files of Holdfast, or lower "
                      "max_clients"),
          metrics::RefusalReason::kUpstream);
    // Connecting can fail before lend() returns, and is told to who waits for a link.
    state_.enter(Wait::kLink);
    UpstreamLink& link = environment_.upstream().private_links().lend(
        *this, as_holdfast ? LinkKey{database_, protocol_, for_kill} : key_for(database_, protocol_));
    state_.enter(Wait::kNothing);
    if (!own_link_problem_.empty()) return need_own_link(id, for_kill);
    borrow_own_link(link);
  }
  return own_link_->is_ready() ? Step::kForward : wait_for(Wait::kLink);
}

Session::Step Session::need_room_on_own_link(policy::CommandId id) {
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  return own_link_->must_wait_for_room() ? wait_for(Wait::kRoom) : Step::kForward;
}

// --- Requests on it -------------------------------------------------------------------------------------

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
    return unavailable(id, environment_.upstream().gate().refusal(plan.gating == Gating::kHoldRead),
                       metrics::RefusalReason::kJournal);
  }
  // Inside MULTI a write only queues; EXEC is what runs it, and what is gated.
  if (transaction_.in_multi()) {
    // Redis refuses these two, without harm to the transaction.
    if (plan.route != Route::kMulti && plan.route != Route::kWatch)
      transaction_.queue(gating, may_write(id), form_);
    gating = Gating::kNone;
  }
  count_allowed(id, plan);
  expect(*own_link_, gating);
  target_ = own_link_;
  return Step::kForward;
}

Session::Step Session::forward_may_block(policy::CommandId id, const CommandPlan& plan) {
  // Holdfast's own login may do more than the client's.
  if (plan.route == Route::kKill && environment_.passes_logins()) return forward(id, plan);
  const bool blocks = plan.route != Route::kKill && !transaction_.in_multi();
  if (blocks && !may_block()) return refuse_to_block(id);
  const Step step = need_own_link(id, plan.route == Route::kKill);
  if (step != Step::kForward) return step;
  static const policy::CommandId debug = policy::find_command("debug");
  if (id == debug) own_link_->begin_pushes(*this);
  const Step sent = forward_on_own_link(id, plan);
  if (sent == Step::kForward && !transaction_.in_multi()) {
    state_.hold(SessionState::kBlocking, true);
    state_.hold(SessionState::kUnknown, !policy::command(id).has(policy::kBlocking));
  }
  return sent;
}

bool Session::may_be_subscribed_in_resp2() const {
  return own_link_ != nullptr && protocol_ == 2 && own_link_->may_be_subscribed();
}

// Redis itself says that this is not allowed now, in its words. Not gated: it does nothing, and the question
// that follows a write would be refused as well.
Session::Step Session::forward_to_be_refused(policy::CommandId id, const CommandPlan& plan) {
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  count_allowed(id, plan);
  own_link_->expect_refusal(*this, last_read_ns_, state_.is_quiet());
  target_ = own_link_;
  return Step::kForward;
}

// --- MULTI, EXEC, WATCH ---------------------------------------------------------------------------------

Session::Step Session::begin_multi(policy::CommandId id, const CommandPlan& plan) {
  const Step step = need_room_on_own_link(id);
  if (step != Step::kForward) return step;
  count_allowed(id, plan);
  own_link_->expect_multi_reply(*this, last_read_ns_, state_.is_quiet());
  transaction_.begin();
  target_ = own_link_;
  return Step::kForward;
}

Session::Step Session::watch(policy::CommandId id, const CommandPlan& plan) {
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  const Step sent = forward_on_own_link(id, plan);
  if (sent == Step::kForward) transaction_.watch();
  return sent;
}

Session::Step Session::take_transaction_end(policy::CommandId id, Route route) {
  if (!own_link_->is_ready()) return wait_for(Wait::kLink);
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  if (route == Route::kExec && execution_ != nullptr && !transaction_.is_poisoned()) {
    const Step asked = ask_for_queued();
    if (asked != Step::kForward) return asked;
  }
  Gating gating = Gating::kNone;
  std::string abort;
  if (route == Route::kExec) {
    if (transaction_.is_poisoned()) {
      abort = transaction_.is_outdated() ? kExecAbortOutdated : kExecAbort;
    } else if (!transaction_.owed_ttls().empty()) {
      abort = "-EXECABORT Transaction discarded because of: " +
              environment_.policy().keyspaces().owed_refusal(transaction_.owed_ttls().first()).substr(1);
    } else if (transaction_.may_write() && environment_.write_halt() != nullptr) {
      abort = "-EXECABORT Transaction discarded because of: " + environment_.write_halt_reply().substr(1);
    } else if (transaction_.gating() != Gating::kNone) {
      gating = transaction_.gating();
      // In the words in which Redis itself says that EXEC cannot run now.
      if (!journal_takes(gating, *own_link_))
        abort = "-EXECABORT Transaction discarded because of: " +
                environment_.upstream().gate().refusal(transaction_.gating() == Gating::kHoldRead).substr(1);
    }
  }
  const bool may_select = route == Route::kExec && transaction_.may_select();
  if (route == Route::kExec && !transaction_.forms().empty()) {
    form_ = policy::ReplyForm::kExec;
    forms_of_queued_ = transaction_.forms();
  }
  const bool executes = route == Route::kExec && abort.empty() && execution_ != nullptr;
  if (executes)
    execute(gating);
  else
    execution_.reset();
  transaction_.end();
  environment_.stats().requests(id, RequestVerdict::kAllowed).add();
  if (!abort.empty()) {
    form_ = policy::ReplyForm::kPlain;
    if (state_.is_quiet()) abort.clear();
    own_link_->expect_replaced_reply(this, std::move(abort));
    own_link_->append(kDiscardRequest.data(), kDiscardRequest.size());
    return Step::kDone;
  }
  state_.rewrite_next_reply(form_ == policy::ReplyForm::kExec);
  if (!executes) expect(*own_link_, gating);
  state_.rewrite_next_reply(false);
  form_ = policy::ReplyForm::kPlain;
  target_ = own_link_;
  if (!may_select) return Step::kForward;
  own_link_->append(kExecRequest.data(), kExecRequest.size());
  own_link_->flush_barrier();
  if (executes && execution_->subscribes)
    own_link_->ask_place_later();
  else
    own_link_->ask_place(*this);
  return Step::kDone;
}

void Session::moved_to(int database) {
  if (state_.is_over()) return;
  group_ = environment_.upstream().group(key_for(database, protocol_));
  if (group_ != nullptr) {
    database_ = database;
    return;
  }
  group_ = environment_.upstream().group(LinkKey{});
  close();  // so many databases are in use that it cannot be served in this one
}

// --- What Redis sends unasked ---------------------------------------------------------------------------

Session::Step Session::subscribe(policy::CommandId id, const CommandPlan& plan, size_t arguments) {
  const Step step = need_room_on_own_link(id);
  if (step != Step::kForward) return step;
  count_allowed(id, plan);
  own_link_->begin_pushes(*this);
  own_link_->expect_confirmations(*this, confirmation_of(id), arguments - 1, state_.is_quiet());
  target_ = own_link_;
  return Step::kForward;
}

bool Session::may_stay_subscribed() const {
  if (state_.is_over() || own_link_ == nullptr || !own_link_->may_be_subscribed()) return true;
  const Subscriptions& now = own_link_->subscriptions();
  const SubscribedNames* names = own_link_->subscribed_names();
  struct Kind {
    SubscriptionKind kind;
    std::string_view command;
    uint64_t count;
  };
  const Kind kinds[] = {{SubscriptionKind::kChannel, "subscribe", now.channels()},
                        {SubscriptionKind::kPattern, "psubscribe", now.patterns()},
                        {SubscriptionKind::kShard, "ssubscribe", now.shards()}};
  for (const auto& [kind, command, count] : kinds) {
    // What is on its way may be anything.
    if (count == 0 && !own_link_->is_subscribing()) continue;
    const policy::CommandId id = policy::find_command(command);
    if (count > 0 && plans_[id].route == Route::kRefused) return false;
    if (user_ == nullptr || environment_.config().mode == config::Mode::kAudit ||
        user_->acl.always_allows(id))
      continue;
    if (names == nullptr || !names->are_all() || own_link_->is_subscribing()) return false;
    policy::KeyUses uses;
    for (const std::string& name : names->of(kind)) {
      const std::string own = environment_.policy().key_prefix().own_name(name);
      const std::string_view line[] = {command, own};
      if (!policy::decide(*user_, id, line, uses).allowed()) return false;
    }
  }
  return true;
}

Session::Step Session::monitor(policy::CommandId id, const CommandPlan& plan) {
  const Step step = need_room_on_own_link(id);
  if (step != Step::kForward) return step;
  // Redis says nothing at all to who asks for it twice (replication.c, monitorCommand).
  if (own_link_->carries_pushes() && entries_ > 0) return wait_for(Wait::kReplies);
  count_allowed(id, plan);
  if (is_monitoring()) return Step::kDone;
  own_link_->begin_pushes(*this);
  own_link_->expect_told_reply(*this, Told::kMonitoring, last_read_ns_, state_.is_quiet());
  target_ = own_link_;
  return Step::kForward;
}

// WAIT asks how many replicas have the replication stream up to the offset at which Redis finished the last
// command of this connection (replication.c, waitCommand: c->woff, which processCommand() sets after every
// command, reads included). Here a client's writes go to a shared link, so its WAIT must not be about another
// connection's last command; and on the shared link it would block everybody.
//
// So it runs on a link of the session's own, right behind a command that does nothing (SELECT of the same
// database). The session has moved there only when all of its replies were in: Redis has run all of its
// writes, and the offset that SELECT leaves is past them. It may also be past later writes of others, so WAIT
// can take longer than it would directly, but never says that more replicas have this client's writes than
// do. The same for WAITAOF. Holdfast's journal is one of the replicas, and acknowledges what it has on disk.
Session::Step Session::wait_for_replicas(policy::CommandId id, const CommandPlan& plan) {
  const Step step = need_room_on_own_link(id);
  if (step != Step::kForward) return step;
  own_link_->change_nothing();
  return forward_may_block(id, plan);
}

// Told with the reply, so in the order in which Redis has done it.
void Session::told(Told about, bool ok) {
  if (is_executing()) next_redirect_ = execution_->next_of(QueuedCommand::Kind::kTold).redirect;
  if (!ok || own_link_ == nullptr) return;
  switch (about) {
    case Told::kMonitoring:
      state_.hold(SessionState::kMonitoring, true);
      break;
    case Told::kTrackingOn:
    case Told::kTrackingOff:
      redirect_ = about == Told::kTrackingOn ? next_redirect_ : Redirect();
      state_.hold(SessionState::kTracking, about == Told::kTrackingOn);
      break;
    case Told::kNoTouchOn:
    case Told::kNoTouchOff:
      state_.hold(SessionState::kNoTouch, about == Told::kNoTouchOn);
      break;
  }
  // Redis may still have keys noted for this connection, and would tell the next session of them.
  own_link_->taint();
}

}  // namespace holdfast::proxy
