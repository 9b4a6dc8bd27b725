// How far behind a subscriber may fall: as Redis by default, client-output-buffer-limit pubsub 32mb 8mb 60
// (networking.c, checkClientOutputBufferLimits). Pure; times in monotonic nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::proxy {

class OutputLimit {
 public:
  static constexpr size_t kHardBytes = size_t{32} << 20;
  static constexpr size_t kSoftBytes = size_t{8} << 20;
  static constexpr uint64_t kSoftSeconds = 60;

  // `bytes` wait for the client now. True when that is too much, or has been for too long.
  bool is_exceeded(size_t bytes, uint64_t now_ns) {
    if (bytes >= kHardBytes) return true;
    if (bytes < kSoftBytes) {
      over_since_ns_ = 0;
      return false;
    }
    if (over_since_ns_ == 0) over_since_ns_ = now_ns;
    return now_ns - over_since_ns_ >= kSoftSeconds * 1'000'000'000;
  }
  // Worth looking again when kSoftSeconds are over.
  bool is_over_soft_limit() const { return over_since_ns_ != 0; }

 private:
  uint64_t over_since_ns_ = 0;  // 0: it is not
};

}  // namespace holdfast::proxy
