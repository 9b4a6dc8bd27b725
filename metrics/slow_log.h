// The last requests that took long, and where their time went.
//
// Written by workers, for requests over the threshold only; read by the admin thread. A short lock. Bounded:
// kKept entries. Of a request only the command and its first key are kept, cut at kKeyMax; never a value.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace holdfast::metrics {

struct SlowRequest {
  uint64_t number = 0;  // counts up from 1; given by add()
  int64_t unix_ms = 0;
  std::string environment, user, client, command, key;
  uint64_t queued_ns = 0;   // in Holdfast: from the read to the write to Redis
  uint64_t redis_ns = 0;    // from there to Redis's reply
  uint64_t durable_ns = 0;  // from there until it was on disk; 0: it had not to wait
  uint64_t total_ns() const { return queued_ns + redis_ns + durable_ns; }
};

class SlowLog {
 public:
  static constexpr size_t kKept = 128;
  static constexpr size_t kKeyMax = 128;

  void add(SlowRequest request);
  // The newest first.
  std::vector<SlowRequest> newest(size_t most) const;
  // Of those kept, the slowest first.
  std::vector<SlowRequest> slowest(size_t most) const;
  uint64_t total() const;
  void reset();

 private:
  mutable std::mutex mutex_;
  std::deque<SlowRequest> requests_;  // the newest first
  uint64_t last_number_ = 0;
};

}  // namespace holdfast::metrics
