#include "journal/publication.h"

#include <algorithm>

#include "base/clock.h"

namespace holdfast::journal {

void Publication::wake_all() {
  for (Waker* waker : wakers_) waker->wake();
}

bool Publication::awaited() const {
  return std::any_of(wakers_.begin(), wakers_.end(),
                     [](const Waker* waker) { return waker->waiting.load(); });
}

void Publication::adopt(const Position& position, bool new_history) {
  {
    const std::lock_guard lock(mutex_);
    known_ = position;
    watermark_.accepting = false;
    // In this order, see watermark.h: who reads the new offset also sees that the history is another.
    if (new_history) watermark_.history.fetch_add(1);
    watermark_.durable_offset = position.offset;
  }
  wake_all();
}

void Publication::directory_read() {
  const std::lock_guard lock(mutex_);
  directory_read_ = true;
}

void Publication::advance(uint64_t durable_offset) {
  watermark_.durable_offset = durable_offset;
  for (Waker* waker : wakers_) {
    if (waker->wanted_offset <= durable_offset) waker->wake();
  }
}

void Publication::accept() {
  {
    const std::lock_guard lock(mutex_);
    known_->offset = watermark_.durable_offset;
    reason_.clear();
    recovering_ = false;
    watermark_.accepting = true;
  }
  stats_.connected.set(1);
  stats_.behind_since_ns.set(0);
  wake_all();
}

void Publication::refuse(const std::string& reason) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = watermark_.accepting.exchange(false);
    if (changed) known_->offset = watermark_.durable_offset;
    reason_ = reason;
  }
  stats_.connected.set(0);
  if (stats_.behind_since_ns.get() == 0) stats_.behind_since_ns.set(monotonic_ns());
  if (changed) wake_all();
}

void Publication::set_rehearsal(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  rehearsal_ = sentence;
}

std::string Publication::rehearsal() const {
  const std::lock_guard lock(mutex_);
  return rehearsal_;
}

void Publication::recover(bool recovering, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    recovering_ = recovering;
  }
  refuse(reason);
}

JournalState Publication::state() const {
  const std::lock_guard lock(mutex_);
  return {watermark_.accepting, recovering_, reason_};
}

MembershipAnswer Publication::check_membership(const ReplicationInfo& info) const {
  const std::lock_guard lock(mutex_);
  if (!directory_read_) return {Membership::kNotReadYet, 0};
  if (recovering_) return {Membership::kForeign, 0};
  return {membership_of(info, known_), watermark_.history};
}

}  // namespace holdfast::journal
