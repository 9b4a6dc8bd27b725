// Calls back once at the end of every turn of the loop, after all of its I/O callbacks have run and
// before it sleeps again: the place where what a turn gathered leaves in one write.
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

  void close() { handle_.close(); }

 private:
  DetachedHandle<uv_check_t> handle_;
};

}  // namespace holdfast::net
