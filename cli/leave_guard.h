// Ends the process when what comes last does not end by itself: a thread that hangs in a write to a dead disk
// cannot be stopped, and must not keep the process for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace holdfast::cli {

class LeaveGuard {
 public:
  // After `patience`, unless it has been destroyed: logs `why` and exits with status 1.
  LeaveGuard(std::chrono::nanoseconds patience, std::string why);
  ~LeaveGuard();
  LeaveGuard(const LeaveGuard&) = delete;
  LeaveGuard& operator=(const LeaveGuard&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;
  std::thread thread_;  // last: it uses the above
};

}  // namespace holdfast::cli
