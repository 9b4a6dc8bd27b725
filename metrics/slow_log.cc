#include "metrics/slow_log.h"

#include <algorithm>
#include <utility>

namespace holdfast::metrics {
namespace {

void cut(std::vector<SlowRequest>& requests, size_t most) {
  if (requests.size() > most) requests.resize(most);
}

}  // namespace

void SlowLog::add(SlowRequest request) {
  if (request.key.size() > kKeyMax) request.key.resize(kKeyMax);
  const std::lock_guard lock(mutex_);
  request.number = ++last_number_;
  std::deque<SlowRequest>& requests = by_environment_[request.environment];
  requests.push_front(std::move(request));
  if (requests.size() > kKept) requests.pop_back();
}

std::vector<SlowRequest> SlowLog::all() const {
  std::vector<SlowRequest> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [environment, requests] : by_environment_)
    all.insert(all.end(), requests.begin(), requests.end());
  return all;
}

std::vector<SlowRequest> SlowLog::newest(size_t most) const {
  std::vector<SlowRequest> requests = all();
  std::ranges::sort(requests, std::greater(), &SlowRequest::number);
  cut(requests, most);
  return requests;
}

std::vector<SlowRequest> SlowLog::newest_of(std::string_view environment, size_t most) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_environment_.find(environment);
  if (found == by_environment_.end()) return {};
  const std::deque<SlowRequest>& requests = found->second;
  return {requests.begin(), requests.begin() + static_cast<ptrdiff_t>(std::min(most, requests.size()))};
}

std::vector<SlowRequest> SlowLog::slowest(size_t most) const {
  std::vector<SlowRequest> requests = newest(SIZE_MAX);
  std::ranges::stable_sort(requests, std::greater(), &SlowRequest::total_ns);
  cut(requests, most);
  return requests;
}

uint64_t SlowLog::total() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

void SlowLog::reset() {
  const std::lock_guard lock(mutex_);
  by_environment_.clear();
}

}  // namespace holdfast::metrics
