#include "proxy/login_limiter.h"

#include <algorithm>

namespace holdfast::proxy {

void LoginLimiter::refill(Entry& entry, uint64_t now_ns) {
  const uint64_t refills = now_ns > entry.refilled_ns ? (now_ns - entry.refilled_ns) / kRefillNs : 0;
  entry.left = static_cast<int>(std::min<uint64_t>(kBurst, static_cast<uint64_t>(entry.left) + refills));
  entry.refilled_ns += refills * kRefillNs;
}

bool LoginLimiter::allows(const std::string& who, uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(who);
  if (known == entries_.end()) return true;
  refill(known->second, now_ns);
  return known->second.left > 0;
}

void LoginLimiter::failed(const std::string& who, uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kEntriesMax && !entries_.contains(who)) forget_one();
  const auto [place, is_new] = entries_.try_emplace(who, Entry{kBurst, now_ns});
  if (!is_new) refill(place->second, now_ns);
  if (place->second.left > 0) --place->second.left;
}

void LoginLimiter::succeeded(const std::string& who) {
  const std::lock_guard lock(mutex_);
  entries_.erase(who);
}

void LoginLimiter::forget_one() {
  entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return a.second.refilled_ns < b.second.refilled_ns;
  }));
}

}  // namespace holdfast::proxy
