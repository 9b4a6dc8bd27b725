#include "metrics/recent_refusals.h"

#include <utility>

namespace holdfast::metrics {

bool RecentRefusals::has_room(int64_t unix_ms) {
  const std::lock_guard lock(mutex_);
  if (second_ != unix_ms / 1000 || in_second_ < kPerSecond) return true;
  ++passed_over_;
  return false;
}

void RecentRefusals::add(Refusal refusal) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(second_, refusal.unix_ms / 1000) != refusal.unix_ms / 1000) in_second_ = 0;
  if (++in_second_ > kPerSecond) {
    ++passed_over_;
    return;
  }
  refusal.number = ++last_number_;
  refusals_.push_back(std::move(refusal));
  if (refusals_.size() > kKept) refusals_.pop_front();
}

std::vector<Refusal> RecentRefusals::after(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  std::vector<Refusal> newer;
  for (const Refusal& refusal : refusals_)
    if (refusal.number > number) newer.push_back(refusal);
  return newer;
}

uint64_t RecentRefusals::passed_over() const {
  const std::lock_guard lock(mutex_);
  return passed_over_;
}

}  // namespace holdfast::metrics
