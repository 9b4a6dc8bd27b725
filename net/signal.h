// Calls back on a loop when the process gets a signal. Ownership: detached_handle.h.
#pragma once

#include <functional>

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class Signal {
 public:
  Signal(Loop& loop, int signal_number, std::function<void()> callback);

  void close() { handle_.close(); }

 private:
  std::function<void()> callback_;
  DetachedHandle<uv_signal_t> handle_;
};

}  // namespace holdfast::net
