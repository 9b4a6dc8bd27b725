// A timer on a loop. Ownership: detached_handle.h; may be destroyed at any time on the loop's thread,
// also from inside its own callback.
#pragma once

#include <cstdint>
#include <functional>

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);

  // Calls back once, `delay_ms` from now; starting again replaces what was set before.
  void start_once(uint64_t delay_ms);
  void start_repeating(uint64_t every_ms);
  void stop();
  bool is_active();
  // For good; the loop no longer waits for it. Idempotent.
  void close() { handle_.close(); }

 private:
  std::function<void()> callback_;
  DetachedHandle<uv_timer_t> handle_;
};

}  // namespace holdfast::net
