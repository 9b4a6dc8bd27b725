#include "metrics/slow_log.h"

#include <algorithm>
#include <utility>

namespace holdfast::metrics {

void SlowLog::add(SlowRequest request) {
  if (request.key.size() > kKeyMax) request.key.resize(kKeyMax);
  const std::lock_guard lock(mutex_);
  request.number = ++last_number_;
  requests_.push_front(std::move(request));
  if (requests_.size() > kKept) requests_.pop_back();
}

std::vector<SlowRequest> SlowLog::newest(size_t most) const {
  const std::lock_guard lock(mutex_);
  const auto end = requests_.begin() + static_cast<ptrdiff_t>(std::min(most, requests_.size()));
  return {requests_.begin(), end};
}

std::vector<SlowRequest> SlowLog::slowest(size_t most) const {
  std::vector<SlowRequest> all = newest(kKept);
  std::ranges::stable_sort(all, std::greater(), &SlowRequest::total_ns);
  if (all.size() > most) all.resize(most);
  return all;
}

uint64_t SlowLog::total() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

void SlowLog::reset() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

}  // namespace holdfast::metrics
