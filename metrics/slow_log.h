// The last requests that took long, and where their time went.
//
// Written by workers, for requests over the threshold only; read by any thread. A short lock. Bounded: kKept
// entries of each environment. Of a request only the command and its first key are kept, cut at kKeyMax;
// never a value.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::metrics {

struct SlowRequest {
  uint64_t number = 0;  // counts up from 1; given by add()
  int64_t unix_ms = 0;  // of its reply
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
  // The newest first, of all environments or of one.
  std::vector<SlowRequest> newest(size_t most) const;
  std::vector<SlowRequest> newest_of(std::string_view environment, size_t most) const;
  // Of those kept, the slowest first.
  std::vector<SlowRequest> slowest(size_t most) const;
  // Ever added.
  uint64_t total() const;
  void reset();

 private:
  std::vector<SlowRequest> all() const;

  mutable std::mutex mutex_;
  std::map<std::string, std::deque<SlowRequest>, std::less<>> by_environment_;  // the newest first
  uint64_t last_number_ = 0;
};

}  // namespace holdfast::metrics
