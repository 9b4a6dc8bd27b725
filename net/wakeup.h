// Wakes a loop from another thread: send() is the only thing in net/ that any thread may call. Several
// sends before the loop gets to run them are one callback.
//
// Not a uv_async_t: while a sender has not returned from its write yet, libuv's loop (1.44) waits for it
// busily, and on one processor it is the woken loop that keeps the sender from going on. Here a sender is
// done for the loop once the eventfd is written.
//
// Ownership: detached_handle.h. send() may also come during and after close(): then it does nothing. Only
// the Wakeup itself must outlive whoever sends.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> callback);
  ~Wakeup() { close(); }

  void send();
  void close();

 private:
  void take();

  std::mutex mutex_;               // of fd_: a sender must not write into what close() has closed
  int fd_;                         // an eventfd; -1 once closed
  std::atomic<bool> sent_{false};  // and not yet taken
  std::function<void()> callback_;
  DetachedHandle<uv_poll_t> handle_;
};

}  // namespace holdfast::net
