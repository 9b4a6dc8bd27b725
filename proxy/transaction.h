// What a session's own link carries of MULTI and WATCH. Every transition is a method here. One thread.
//
//   kNone -> kWatching -> kNone        WATCH, UNWATCH
//   kNone, kWatching -> kQueueing      MULTI
//   kQueueing -> kPoisoned             a command was refused here: EXEC must not run the rest
//   kQueueing -> kPoisoned             a reload has changed the rules by which the commands were queued
//   kQueueing, kPoisoned -> kNone      EXEC, DISCARD, RESET; Redis forgets the watched keys too
#pragma once

#include <cstdint>
#include <string>

#include "policy/key_prefix.h"
#include "policy/owed_ttls.h"
#include "proxy/gating.h"

namespace holdfast::proxy {

class Transaction {
 public:
  enum class Phase : uint8_t { kNone, kWatching, kQueueing, kPoisoned };

  bool in_multi() const { return phase_ >= Phase::kQueueing; }
  // Redis keeps state for this connection: it cannot be given back.
  bool holds_state() const { return phase_ != Phase::kNone; }
  bool is_poisoned() const { return phase_ == Phase::kPoisoned; }
  // What EXEC has to wait for: the strictest of what is queued.
  Gating gating() const { return gating_; }
  bool may_write() const { return may_write_; }
  // Keys that it would leave without the TTL that they need.
  policy::OwedTtls& owed_ttls() { return owed_ttls_; }
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
  // `form`: of the reply that it will have inside of EXEC's.
  void queue(Gating gating, bool may_write, policy::ReplyForm form = policy::ReplyForm::kPlain) {
    if (form != policy::ReplyForm::kPlain) {
      forms_.resize(queued_, static_cast<char>(policy::ReplyForm::kPlain));
      forms_ += static_cast<char>(form);
    }
    gating_ = combine(gating_, gating);
    may_write_ = may_write_ || may_write;
    ++queued_;
  }
  // One byte for each queued command, the last ones left out when they are plain; empty when all are.
  const std::string& forms() const { return forms_; }
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
  Gating gating_ = Gating::kNone;
  bool may_write_ = false;
  bool may_select_ = false;
  bool outdated_ = false;
  uint32_t queued_ = 0;
  std::string forms_;
  policy::OwedTtls owed_ttls_;
};

}  // namespace holdfast::proxy
