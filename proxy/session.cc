// The life of a session; its input, its requests and its output are in the files of those names.
#include "proxy/session.h"

#include <utility>

#include "net/listener.h"
#include "proxy/error_replies.h"
#include "proxy/link_group.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"
#include "tls/connection.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kTlsHandshakeMs = 10'000;
// How long a command that nobody knows may still be answered to who has stopped sending.
constexpr uint64_t kUnknownCommandMs = 1'000;

}  // namespace

Session::Session(Worker& worker, Environment& environment, uint64_t id)
    : worker_(worker),
      environment_(environment),
      id_(id),
      group_(environment.upstream().group(LinkKey{})),
      user_(first_user()),
      plans_(environment.plans_of(user_)),
      stream_(*this) {}

Session::~Session() = default;

Status Session::accept(net::Listener& listener) {
  Status status = listener.accept_into(stream_);
  if (!status.ok()) {
    state_.enter(Life::kClosing);
    if (!stream_.is_closing()) state_.enter(Life::kClosed);
    return status;
  }
  accepted_ns_ = last_read_ns_ = worker_.now_ns();
  environment_.stats().connections.add();
  environment_.stats().clients.add();
  if (const tls::Credentials* tls = environment_.tls(); tls != nullptr)
    stream_.use_tls(worker_.loop(), tls->current()->open(), {kTlsHandshakeMs, kNeedsTls});
  stream_.batch_sends();
  stream_.read_start();
  return {};
}

void Session::leave() {
  if (!state_.is_serving()) return;
  state_.enter(Life::kLeaving);
  show_kind();
  stream_.read_stop();
  close_if_done();
}

void Session::drain(bool last_call) {
  if (state_.is_over()) return;
  if (state_.holds(SessionState::kBlocking) && entries_ > 0 && own_link_ != nullptr) {
    leave();
    UpstreamLink* link = environment_.upstream().any_shared_link();
    if (link == nullptr || own_link_->upstream_id() == 0) return;
    own_link_->taint();
    link->unblock(own_link_->upstream_id());
    return;
  }
  if (last_call) {
    leave();
    return;
  }
  if (state_.activity() == Activity::kNow || state_.activity() == Activity::kBefore) {
    state_.enter(state_.activity() == Activity::kNow ? Activity::kBefore : Activity::kIdle);
    return;
  }
  const bool in_flight = entries_ > 0 || held_ != nullptr || state_.is_waiting() ||
                         state_.is_passing_large() || stream_.queued_bytes() > 0;
  if (state_.activity() == Activity::kNever || in_flight || !tail_.empty() || transaction_.holds_state())
    return;
  if (!stream_.has_unread()) leave();
}

void Session::stream_ended(const Error* error) {
  // Who only looks whether the port is open has done nothing wrong.
  if (error != nullptr && stream_.is_shaking_hands() && error->code() != ErrorCode::kUnavailable)
    report("TLS with a client failed", error->message());
  // A client that has gone while BLPOP waits for it must not take an element with it; and the rest of a
  // half-sent request will not come.
  const bool may_block = state_.holds(SessionState::kBlocking) && entries_ > 0;
  const bool is_unknown = state_.holds(SessionState::kUnknown);
  if (error != nullptr || state_.is_passing_large() || (may_block && !is_unknown)) {
    close();
    return;
  }
  // Probably it does not block, or is just an error.
  if (may_block) {
    output_timer_ = std::make_unique<net::Timer>(worker_.loop(), [this] { close(); });
    output_timer_->start_once(kUnknownCommandMs);
  }
  // The client may have closed only its sending half, as `printf ... | nc` does: it still gets its replies.
  leave();
}

void Session::report(std::string_view what, std::string_view why) {
  worker_.log_client_problem("environment '" + environment_.config().name + "': " + std::string(what) + " (" +
                             stream_.peer_name() + "): " + std::string(why));
}

void Session::close_if_done() {
  if (state_.life() != Life::kLeaving || entries_ > 0 || state_.is_waiting()) return;
  if (held_ != nullptr || stream_.queued_bytes() > 0) return;
  stream_.discard_unread();
  close();
}

// Only starts the end: links may be in the middle of handing over replies, so an own link is given up at
// the end of the turn, in resume().
void Session::close() {
  if (state_.is_over()) return;
  state_.enter(Life::kClosing);
  output_timer_.reset();
  drop_gathered();
  blocks_no_more();
  forget_address();
  forget_user();
  environment_.stats().clients.sub();
  show_kind();
  environment_.clients().connected.fetch_sub(1, std::memory_order_relaxed);
  environment_.upstream().gate().forget(*this);
  if (held_ != nullptr) {
    environment_.upstream().stats().held_replies.sub(held_->gated_replies());
    worker_.recycle(std::move(held_));
  }
  if (waiting_link_ != nullptr) waiting_link_->resume_reading();
  stream_.close();
  worker_.resume_later(*this);
}

void Session::stream_closed() {
  state_.enter(Life::kClosed);
  worker_.resume_later(*this);
}

bool Session::can_be_freed() const {
  return state_.life() == Life::kClosed && entries_ == 0 && own_link_ == nullptr && !is_queued_to_resume;
}

void Session::entry_done() {
  if (--entries_ == 0 && (state_.wait() == Wait::kReplies || own_link_ != nullptr || !state_.is_serving()))
    worker_.resume_later(*this);
}

void Session::resume() {
  if (state_.is_over()) {
    release_own_link_if_idle();
    if (own_link_ != nullptr) environment_.upstream().private_links().discard(lose_own_link());
    return;
  }
  if (state_.wait() != Wait::kLink) release_own_link_if_idle();
  if (entries_ == 0) blocks_no_more();
  if (state_.wait() == Wait::kReplies && entries_ > 0) return;
  if (state_.wait() == Wait::kWorkers && query_answer_ == nullptr) return;
  state_.enter(Wait::kNothing);
  if (!tail_.empty() || gathered_ != nullptr) {
    const std::string tail = std::exchange(tail_, {});
    process(tail.data(), tail.size());
  }
  if (state_.is_serving() && !state_.is_waiting()) stream_.read_start();
  show_kind();
  close_if_done();
}

metrics::SessionKind Session::kind() const {
  using enum metrics::SessionKind;
  if (state_.is_over()) return kPlain;
  if (state_.life() == Life::kLeaving) return kLeaving;
  if (own_link_ != nullptr) {
    if (is_monitoring()) return kMonitoring;
    if (own_link_->subscriptions().total() > 0) return kSubscribed;
    if (state_.holds(SessionState::kBlocking) && entries_ > 0) return kBlocked;
    if (transaction_.in_multi() || transaction_.holds_state() || is_executing()) return kTransaction;
    if (state_.holds(SessionState::kTracking)) return kTracking;
  }
  return state_.is_waiting() ? kWaiting : kPlain;
}

void Session::show_kind() {
  using metrics::SessionKind;
  const SessionKind now = kind();
  const SessionKind before = std::exchange(shown_kind_, now);
  if (before == now) return;
  Counter* const sessions = environment_.stats().sessions;
  if (before != SessionKind::kPlain) sessions[static_cast<size_t>(before)].sub();
  if (now != SessionKind::kPlain) sessions[static_cast<size_t>(now)].add();
}

// What was queued in MULTI was allowed by rules that are gone. A client that waits is decided by the new ones
// when it goes on.
void Session::plans_changed() {
  if (environment_.passes_logins() && !is_nobody())
    plans_ = environment_.plans_after_passed_login();
  else
    plans_ = environment_.plans_of(user_);
}

void Session::policy_changed(bool rules_changed) {
  buckets_.clear();
  limits_paid_ = false;
  // Who it was means nothing any more.
  if (environment_.auth_has_changed()) close();
  const std::string name(user_name());
  if (environment_.passes_logins()) {
    plans_ = is_nobody() ? environment_.plans_of(nullptr) : environment_.plans_after_passed_login();
    user_ = nullptr;
  } else {
    const policy::Users& users = environment_.policy().users();
    const bool was_somebody = user_ != nullptr;
    const policy::User* user = was_somebody ? users.find(name) : first_user();
    // The user is gone, or off: so is what it could do here.
    if (was_somebody && (user == nullptr || !user->acl.is_on()) && !state_.is_over()) close();
    log_in(user);
  }
  if (state_.is_over()) return;
  count_again();
  if (!rules_changed) return;
  transaction_.outdate();
  static const policy::CommandId monitor = policy::find_command("monitor");
  if (is_monitoring() && plans_[monitor].decision == policy::Decision::kRefuse) close();
  if (!may_stay_subscribed()) close();
}

uint64_t Session::ack_timeout_ns() const {
  return static_cast<uint64_t>(environment_.config().ack_timeout_ms) * 1'000'000;
}

size_t Session::slot() const {
  // Nearly always one, and a division takes as long as much of the rest of a request.
  const size_t links = group_->links();
  return links == 1 ? 0 : id_ % links;
}

}  // namespace holdfast::proxy
