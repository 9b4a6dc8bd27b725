// A token bucket in one atomic number, shared by any number of threads without a lock.
//
// The number is the time at which the bucket will be full again (the generic cell rate algorithm): every
// token moves it by one interval, and what would move it further than a whole bucket ahead of now is refused.
// Nothing has to run to fill it. Times are nanoseconds of a clock that never goes back.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "config/limit.h"

namespace holdfast::policy {

class TokenBucket {
 public:
  TokenBucket(const config::Rate& rate, uint64_t burst)
      : interval_ns_(std::max<uint64_t>(
            static_cast<uint64_t>(rate.period_ms) * 1'000'000 / std::max<uint64_t>(rate.count, 1), 1)),
        depth_ns_(interval_ns_ * std::max<uint64_t>(burst != 0 ? burst : rate.count, 1)) {}

  // 0: a token was taken. Otherwise none was, and there will be one in so many nanoseconds.
  uint64_t take(uint64_t now_ns) {
    uint64_t full = full_ns_.load(std::memory_order_relaxed);
    while (true) {
      const uint64_t next = std::max(full, now_ns) + interval_ns_;
      if (next > now_ns + depth_ns_) return next - now_ns - depth_ns_;
      if (full_ns_.compare_exchange_weak(full, next, std::memory_order_relaxed)) return 0;
    }
  }

  // Nobody can tell it from a new one.
  bool is_full(uint64_t now_ns) const { return full_ns_.load(std::memory_order_relaxed) <= now_ns; }

 private:
  const uint64_t interval_ns_;
  const uint64_t depth_ns_;
  std::atomic<uint64_t> full_ns_{0};
};

}  // namespace holdfast::policy
