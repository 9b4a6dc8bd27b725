// Calls back at the end of every turn of the loop: after all of its I/O callbacks have run, and once more
// before it sleeps, for what timers and close callbacks have left. This is the place where what a turn
// gathered leaves in one write.
//
// Ownership: detached_handle.h.
#pragma once

#include "net/detached_handle.h"
#include "net/loop.h"

namespace holdfast::net {

class TurnEnd {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void turn_ended() = 0;
  };

  // `handler` is not owned and must outlive close().
  TurnEnd(Loop& loop, Handler& handler);

  void close() {
    after_poll_.close();
    before_poll_.close();
  }

 private:
  DetachedHandle<uv_check_t> after_poll_;
  DetachedHandle<uv_prepare_t> before_poll_;
};

}  // namespace holdfast::net
