// Wakes a loop from another thread: send() is the only thing in net/ that any thread may call. Several
// sends before the loop gets to run them are one callback.
//
// Ownership: detached_handle.h. send() may also come during and after close(): then it does nothing. Only
// the Wakeup itself must outlive whoever sends.
#pragma once

#include <functional>
#include <mutex>

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> callback);

  void send() {
    const std::lock_guard lock(mutex_);
    if (handle_.is_open()) uv_async_send(handle_.get());
  }
  void close() {
    const std::lock_guard lock(mutex_);
    handle_.close();
  }

 private:
  std::mutex mutex_;
  std::function<void()> callback_;
  DetachedHandle<uv_async_t> handle_;
};

}  // namespace holdfast::net
