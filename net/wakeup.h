// Wakes a loop from another thread: send() is the only thing in net/ that any thread may call. Several
// sends before the loop gets to run them are one callback.
//
// Ownership: detached_handle.h. The owner must see to it that no other thread calls send() during or
// after close().
#pragma once

#include <functional>

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> callback);

  void send() { uv_async_send(handle_.get()); }
  void close() { handle_.close(); }

 private:
  std::function<void()> callback_;
  DetachedHandle<uv_async_t> handle_;
};

}  // namespace holdfast::net
