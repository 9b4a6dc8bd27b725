// A loop that runs on a thread of its own until close_all() was called on it.
#pragma once

#include <functional>
#include <thread>

#include "net/loop.h"
#include "net/wakeup.h"

namespace holdfast::metrics {

class LoopThread {
 public:
  // `close_all` runs on the loop's thread, and closes whatever the test put on the loop.
  explicit LoopThread(std::function<void()> close_all)
      : wakeup_(loop_, [this, close_all = std::move(close_all)] {
          close_all();
          wakeup_.close();
        }) {}
  ~LoopThread() { finish(); }

  // Before start(), for making things on it.
  net::Loop& loop() { return loop_; }
  void start() {
    thread_ = std::thread([this] { loop_.run(); });
  }
  // Closes everything and waits for the thread. What lives on the loop may be destroyed after this.
  void finish() {
    if (finished_) return;
    finished_ = true;
    if (!thread_.joinable()) start();
    wakeup_.send();
    thread_.join();
  }

 private:
  net::Loop loop_;
  net::Wakeup wakeup_;
  std::thread thread_;
  bool finished_ = false;
};

}  // namespace holdfast::metrics
