// What a session's own link carries of MULTI and WATCH. Every transition is a method here. One thread.
#pragma once

#include <string>
#include <utility>

namespace holdfast::proxy {

class Transaction {
 public:
  bool in_multi() const { return in_multi_; }
  // Redis keeps state for this connection: it cannot be given back.
  bool holds_state() const { return in_multi_ || watching_; }
  bool may_write() const { return may_write_; }
  bool is_poisoned() const { return poisoned_; }

  void watch() { watching_ = true; }
  void unwatch() { watching_ = in_multi_ && watching_; }  // queued inside MULTI, and then EXEC ends it
  void begin() {
    in_multi_ = true;
    may_write_ = false;
    poisoned_ = false;
  }
  void queue_write() { may_write_ = true; }
  // A command of the transaction was refused here, so Redis does not know of it: EXEC must not run the rest.
  void poison() { poisoned_ = in_multi_; }
  // EXEC, DISCARD or RESET: Redis forgets the watched keys too.
  void end() { *this = Transaction(); }

 private:
  bool in_multi_ = false;
  bool watching_ = false;
  bool may_write_ = false;
  bool poisoned_ = false;
};

}  // namespace holdfast::proxy
