// Where one thread puts what the audit log is to say, without ever waiting for a disk.
//
// What repeats itself is merged: the first of a kind (same event, user, command and rule) is passed on at
// once, those that follow within ten seconds are counted and passed on as one. So a client that is refused a
// hundred thousand times a second costs a look at a table each time, and two lines. Everything is bounded:
// what does not fit is dropped and counted.
//
// record() by the owning thread, take() by the writer's; they share a lock that each holds for moments.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "audit/event.h"

namespace holdfast::audit {

class Recorder {
 public:
  static constexpr int64_t kWindowMs = 10'000;
  static constexpr size_t kMostWaiting = 4096;  // events
  static constexpr size_t kMostKinds = 1024;    // that are merged at a time

  // `wake` is called, by the recording thread, when there is something to write after there was nothing.
  explicit Recorder(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Is anybody interested? Any thread.
  bool is_on() const { return on_.load(std::memory_order_relaxed); }
  void turn(bool on) { on_.store(on, std::memory_order_relaxed); }

  // `same_as`: what is merged shares this number, besides event, environment, user and rule: the command's
  // id.
  void record(const Sighting& sighting, uint64_t same_as, int64_t now_ms);

  // Appends what is to be written now. `all`: what is still being merged, too.
  void take(std::vector<Event>& events, int64_t now_ms, bool all);
  // What was dropped since the last call.
  uint64_t take_dropped() { return dropped_.exchange(0, std::memory_order_relaxed); }

 private:
  struct Repeated {
    Event event;                        // the first one
    int64_t begin_ms;                   // of the window
    int64_t first_ms = 0, last_ms = 0;  // of those that came after it
    uint64_t more = 0;
  };

  void expire(std::vector<Event>& events, int64_t now_ms, bool all);

  const std::function<void()> wake_;
  std::atomic<bool> on_{false};
  std::atomic<uint64_t> dropped_{0};
  std::mutex mutex_;
  std::vector<Event> waiting_;                       // guarded by mutex_
  std::unordered_map<uint64_t, Repeated> repeated_;  // guarded by mutex_
};

}  // namespace holdfast::audit
