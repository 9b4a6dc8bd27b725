// Everything that a connection to the upstream can be, in one place. Each machine changes in one function,
// which knows every allowed step.
//
//   Life   kConnecting -> kHandshake -> kReady -> kClosed     (any state may go to kClosed)
//   Trust  kKnown <-> kAsked          whether the server has been asked again whose history its data has
//   Reuse  kClean -> kTainted         may another session have it? Never again once it is tainted
//
// A plain member of UpstreamLink; one thread.
#pragma once

#include <cassert>
#include <cstdint>

namespace holdfast::proxy {

class LinkState {
 public:
  enum class Life : uint8_t { kConnecting, kHandshake, kReady, kClosed };
  enum class Trust : uint8_t { kKnown, kAsked };
  enum class Reuse : uint8_t {
    kClean,
    // Redis knows something of this connection that nothing takes back for certain: keys that it tracks, its
    // id in somebody's REDIRECT or in a CLIENT UNBLOCK that is on its way.
    kTainted,
  };

  Life life() const { return life_; }
  bool is_ready() const { return life_ == Life::kReady; }
  bool is_closed() const { return life_ == Life::kClosed; }
  bool is_asked() const { return trust_ == Trust::kAsked; }
  bool is_tainted() const { return reuse_ == Reuse::kTainted; }

  void enter(Life next) {
    assert(next > life_);
    assert(next == Life::kClosed || static_cast<int>(next) == static_cast<int>(life_) + 1);
    life_ = next;
  }
  void enter(Trust next) {
    assert(next != trust_);
    trust_ = next;
  }
  void taint() { reuse_ = Reuse::kTainted; }

 private:
  Life life_ = Life::kConnecting;
  Trust trust_ = Trust::kKnown;
  Reuse reuse_ = Reuse::kClean;
};

}  // namespace holdfast::proxy
