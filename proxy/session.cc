// The life of a session; its input, its requests and its output are in the files of those names.
#include "proxy/session.h"

#include "net/listener.h"
#include "proxy/link_group.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {

Session::Session(Worker& worker, Environment& environment, uint64_t id)
    : worker_(worker),
      environment_(environment),
      id_(id),
      group_(environment.upstream().group(LinkKey{})),
      stream_(*this) {}

Session::~Session() = default;

Status Session::accept(net::Listener& listener) {
  Status status = listener.accept_into(stream_);
  if (!status.ok()) {
    state_ = State::kClosed;
    stream_gone_ = !stream_.is_closing();
    return status;
  }
  environment_.stats().connections.add();
  environment_.stats().clients.add();
  stream_.read_start();
  return {};
}

void Session::leave() {
  if (state_ != State::kServing) return;
  state_ = State::kLeaving;
  stream_.read_stop();
  close_if_done();
}

void Session::drain(bool last_call) {
  if (may_block_ && entries_ > 0 && own_link_ != nullptr) {
    leave();
    UpstreamLink* link = environment_.upstream().any_shared_link();
    const int64_t client_id = own_link_->facts().client_id;
    if (link != nullptr && client_id != 0) link->unblock(client_id);
    return;
  }
  if (last_call) {
    leave();
    return;
  }
  if (activity_ == Activity::kNow || activity_ == Activity::kBefore) {
    activity_ = activity_ == Activity::kNow ? Activity::kBefore : Activity::kIdle;
    return;
  }
  const bool in_flight = entries_ > 0 || held_ != nullptr || wait_ != Wait::kNothing || large_active_ ||
                         stream_.queued_bytes() > 0;
  if (activity_ == Activity::kNever || in_flight || !tail_.empty() || transaction_.holds_state()) return;
  if (!stream_.has_unread()) leave();
}

void Session::stream_ended(const Error* error) {
  // A client that has gone while BLPOP waits for it must not take an element with it; and the rest of a
  // half-sent request will not come.
  if (error != nullptr || large_active_ || (may_block_ && entries_ > 0)) {
    close();
    return;
  }
  // The client may have closed only its sending half, as `printf ... | nc` does: it still gets its replies.
  leave();
}

void Session::close_if_done() {
  if (state_ != State::kLeaving || entries_ > 0 || wait_ != Wait::kNothing) return;
  if (held_ != nullptr || stream_.queued_bytes() > 0) return;
  stream_.discard_unread();
  close();
}

// Only starts the end: links may be in the middle of handing over replies, so an own link is given up at
// the end of the turn, in resume().
void Session::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  environment_.stats().clients.sub();
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
  stream_gone_ = true;
  worker_.resume_later(*this);
}

bool Session::can_be_freed() const {
  return state_ == State::kClosed && stream_gone_ && entries_ == 0 && own_link_ == nullptr &&
         !is_queued_to_resume;
}

void Session::entry_done() {
  if (--entries_ == 0 && (wait_ == Wait::kReplies || own_link_ != nullptr || state_ != State::kServing))
    worker_.resume_later(*this);
}

void Session::resume() {
  if (state_ == State::kClosed) {
    release_own_link_if_idle();
    if (own_link_ != nullptr)
      environment_.upstream().private_links().discard(*std::exchange(own_link_, nullptr));
    return;
  }
  if (wait_ != Wait::kLink) release_own_link_if_idle();
  if (wait_ == Wait::kReplies && entries_ > 0) return;
  wait_ = Wait::kNothing;
  if (!tail_.empty()) {
    const std::string tail = std::exchange(tail_, {});
    process(tail.data(), tail.size());
  }
  if (state_ == State::kServing && wait_ == Wait::kNothing) stream_.read_start();
  close_if_done();
}

void Session::release_own_link_if_idle() {
  if (own_link_ == nullptr || entries_ > 0 || large_active_ || transaction_.holds_state()) return;
  if (!own_link_->is_ready()) return;
  may_block_ = false;
  environment_.upstream().private_links().give_back(*std::exchange(own_link_, nullptr));
}

void Session::own_link_lost(const Error& error) {
  own_link_ = nullptr;
  may_block_ = false;
  // MULTI or WATCH went with it: as with Redis, that is the end of the connection.
  if (transaction_.holds_state() || large_active_) {
    close();
    return;
  }
  if (wait_ != Wait::kLink) return;
  own_link_problem_ = error.message();
  worker_.resume_later(*this);
}

uint64_t Session::ack_timeout_ns() const {
  return static_cast<uint64_t>(environment_.config().ack_timeout_ms) * 1'000'000;
}

size_t Session::slot() const {
  return id_ % group_->links();
}

}  // namespace holdfast::proxy
