// Tells the journal thread to stop, wherever it waits.
//
// Set by any thread, watched by the journal thread: every poll() of the journal includes fd().
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"

namespace holdfast::journal {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void request();
  bool requested() const { return requested_.load(); }
  int fd() const { return fd_; }  // readable for ever once requested

  // Sleeps, or returns false at once when the stop is requested.
  bool sleep_ms(int64_t ms) const;

 private:
  int fd_;
  std::atomic<bool> requested_{false};
};

// Waits until `fd` is ready for `events` (poll.h). kTimeout, or kUnavailable when the stop was requested.
Status wait_for(int fd, short events, int64_t timeout_ms, const StopSignal& stop);

}  // namespace holdfast::journal
