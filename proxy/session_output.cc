// Replies to bytes: straight to the socket, or held until they are durable.
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/prefixed_replies.h"
#include "proxy/reply_times.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

// From here on a link waits for the client before it reads more of a large reply.
constexpr size_t kReaderBehindBytes = 1024 * 1024;
// How often a subscriber that is behind is looked at, when nothing is sent to it.
constexpr uint64_t kOutputCheckMs = 1'000;

}  // namespace

void Session::deliver(const char* data, size_t size) {
  if (state_.is_over()) return;
  environment_.stats().bytes_out.add(size);
  if (held_ != nullptr) [[unlikely]] {
    held_->append(0, {data, size}, 0, 0, 0);
    if (held_->size() > output_bytes_max()) close();
    return;
  }
  send({data, size});
}

void Session::deliver_failure(std::string_view error) {
  if (error == kUncertainLinkLost) environment_.stats().uncertain_replies.add();
  deliver(error.data(), error.size());
}

void Session::send(std::string_view bytes) {
  if (!stream_.send(bytes)) return close();
  const size_t queued = stream_.queued_bytes();
  if (queued == 0) [[likely]]
    return;
  environment_.stats().queued_bytes_max.raise_to(queued);
  if (queued > output_bytes_max()) close();
}

void Session::hold(uint64_t barrier, std::string_view bytes, uint32_t replies, const Asked& asked,
                   bool read) {
  if (state_.is_over()) return;
  environment_.stats().bytes_out.add(bytes.size());
  if (held_ == nullptr) held_ = worker_.take_held_replies();
  held_->append(barrier, bytes, replies, asked, worker_.now_ns(), read,
                worker_.sent_requests().written_ns(asked.flush));
  metrics::UpstreamStats& upstream = environment_.upstream().stats();
  upstream.held_replies.add(replies);
  upstream.held_replies_max.raise_to(upstream.held_replies.get());
  if (!environment_.upstream().gate().hold(barrier, *this) && replies > 0) barrier_settled(barrier, false);
  if (held_ != nullptr && held_->size() > output_bytes_max()) close();
}

void Session::barrier_settled(uint64_t barrier, bool durable) {
  if (state_.is_over() || held_ == nullptr) return;
  const uint32_t replies = held_->settle(barrier, durable, kUncertainNotDurable, kUncertainRead);
  if (!durable) environment_.stats().uncertain_replies.add(replies);
  send_ready();
}

void Session::send_ready() {
  // Out of its place while it is sent from: if that closes the session, what is left is settled here.
  std::unique_ptr<HeldReplies> held = std::move(held_);
  const auto count_left = [&](uint32_t replies) {
    environment_.upstream().stats().held_replies.sub(replies);
  };
  // Counted before they leave: who has the reply and looks at the metrics finds it there.
  const uint64_t now_ns = worker_.now_ns();
  const uint64_t slow_ns = worker_.slow_before(now_ns);
  metrics::EnvironmentStats& stats = environment_.stats();
  held->visit_ready([&](const HeldReplies::Released& released) {
    stats.request_duration.record(now_ns - released.asked.arrived_ns, released.replies);
    record_parts(stats, released.asked, released.written_ns, released.held_ns, released.replies);
    stats.durable_wait.record(now_ns - released.held_ns, released.replies);
    if (released.asked.arrived_ns < slow_ns) [[unlikely]]
      note_slow(released, now_ns);
    count_left(released.replies);
  });
  const std::string_view bytes = held->ready();
  if (!bytes.empty()) send(bytes);
  held->drop_ready();
  if (!state_.is_over() && !held->empty()) {
    held_ = std::move(held);
    return;
  }
  count_left(held->gated_replies());
  worker_.recycle(std::move(held));
  if (state_.wait() == Wait::kReplies) worker_.resume_later(*this);
  close_if_done();
}

void Session::wait_for_reader(UpstreamLink& link) {
  if (state_.is_over() || waiting_link_ != nullptr || slow_reader_) return;
  if (stream_.queued_bytes() < kReaderBehindBytes) return;
  if (link.pause_reading_for(*this)) waiting_link_ = &link;
}

void Session::deliver_push(std::string_view bytes, bool complete) {
  const auto pass_on = [&](std::string_view push) {
    if (is_executing())
      gather(push);  // also when replies are off
    else
      deliver(push.data(), push.size());
  };
  if (environment_.policy().key_prefix().empty()) {
    pass_on(bytes);
  } else {
    if (push_ == nullptr) push_ = std::make_unique<std::string>();
    push_->append(bytes);
    if (!complete) return;
    const std::string push = push_without_prefix(*push_, environment_.policy().key_prefix().text());
    push_->clear();
    if (push.empty()) return;
    pass_on(push);
  }
  if (own_link_ != nullptr && own_link_->subscriptions().total() > 0) check_output_limit();
}

void Session::deliver_rewritten(std::string_view reply, policy::ReplyForm form, std::string_view of_queued,
                                uint64_t barrier, bool read, const Asked& asked, bool adds_info) {
  std::string text = form == policy::ReplyForm::kPlain
                         ? std::string(reply)
                         : without_prefix(reply, form, environment_.policy().key_prefix().text(), of_queued);
  if (adds_info) text = with_own_info(text);
  if (barrier != 0) {
    hold(barrier, text, 1, asked, read);
    return;
  }
  replies_came(asked, worker_.now_ns(), 1);
  deliver(text.data(), text.size());
}

void Session::check_output_limit() {
  if (state_.is_over()) return;
  const size_t waiting = stream_.queued_bytes() + (held_ != nullptr ? held_->size() : 0);
  if (output_limit_.is_exceeded(waiting, worker_.now_ns())) {
    close();
  } else if (!state_.is_serving()) {
    return;  // the timer, if there is one, has another task
  } else if (!output_limit_.is_over_soft_limit()) {
    output_timer_.reset();
  } else if (output_timer_ == nullptr) {
    output_timer_ = std::make_unique<net::Timer>(worker_.loop(), [this] { check_output_limit(); });
    output_timer_->start_repeating(kOutputCheckMs);
  }
}

void Session::stream_drained() {
  if (output_timer_ != nullptr) check_output_limit();
  if (waiting_link_ != nullptr) waiting_link_->resume_reading();
  close_if_done();
}

}  // namespace holdfast::proxy
