// What a session's own link carries of MULTI and WATCH. Every transition is a method here. One thread.
//
//   kNone -> kWatching -> kNone        WATCH, UNWATCH
//   kNone, kWatching -> kQueueing      MULTI
//   kQueueing -> kPoisoned             a command was refused here: EXEC must not run the rest
//   kQueueing -> kPoisoned             a reload has changed the rules by which the commands were queued
//   kQueueing, kPoisoned -> kNone      EXEC, DISCARD, RESET; Redis forgets the watched keys too
#pragma once

#include <cstdint>

namespace holdfast::proxy {

class Transaction {
 public:
  enum class Phase : uint8_t { kNone, kWatching, kQueueing, kPoisoned };

  bool in_multi() const { return phase_ >= Phase::kQueueing; }
  // Redis keeps state for this connection: it cannot be given back.
  bool holds_state() const { return phase_ != Phase::kNone; }
  bool is_poisoned() const { return phase_ == Phase::kPoisoned; }
  bool may_write() const { return may_write_; }
  // SELECT is queued: where the connection is after EXEC, only Redis knows.
  bool may_select() const { return may_select_; }
  uint32_t queued() const { return queued_; }

  void watch() {
    if (phase_ == Phase::kNone) phase_ = Phase::kWatching;
  }
  // Inside MULTI it is only queued, and then EXEC ends it.
  void unwatch() {
    if (phase_ == Phase::kWatching) phase_ = Phase::kNone;
  }
  void begin() {
    *this = Transaction();
    phase_ = Phase::kQueueing;
  }
  void queue(bool write) {
    may_write_ |= write;
    ++queued_;
  }
  void queue_select() { may_select_ = true; }
  // Redis does not know of the refused command.
  void poison() {
    if (phase_ == Phase::kQueueing) phase_ = Phase::kPoisoned;
  }
  // What was queued may be forbidden by now: it must not run.
  void outdate() {
    if (phase_ != Phase::kQueueing) return;
    phase_ = Phase::kPoisoned;
    outdated_ = true;
  }
  bool is_outdated() const { return outdated_; }
  void end() { *this = Transaction(); }

 private:
  Phase phase_ = Phase::kNone;
  bool may_write_ = false;
  bool may_select_ = false;
  bool outdated_ = false;
  uint32_t queued_ = 0;
};

}  // namespace holdfast::proxy
