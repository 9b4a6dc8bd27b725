#include "cli/leave_guard.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/log.h"

namespace holdfast::cli {

LeaveGuard::LeaveGuard(std::chrono::nanoseconds patience, std::string why) {
  try {
    thread_ = std::thread([this, patience, why = std::move(why)] {
      std::unique_lock lock(mutex_);
      if (ended_.wait_for(lock, patience, [this] { return is_over_; })) return;
      log::error(why);
      _exit(1);
    });
  } catch (const std::system_error&) {
    // Then it waits, as without a guard.
  }
}

LeaveGuard::~LeaveGuard() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace holdfast::cli
