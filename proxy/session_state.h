// Everything that a session can be, in one place. Seven machines that move independently; each changes in one
// function, which knows every allowed step. What belongs to MULTI and WATCH is transaction.h; the number of
// subscriptions is the server's to count and lives with the link (push_frames.h).
//
//   Life     kServing -> kLeaving -> kClosing -> kClosed     (any state may go to kClosing)
//   Wait     kNothing <-> one reason; requests stay in the tail meanwhile
//   Link     kShared <-> kOwn       kOwn while anything holds the link: a Hold, a transaction, a
//   subscription,
//                                   a large request, or replies that it still owes
//   Input    kRequests <-> kLarge, kLargeDropped, kLargeGathered -> kLargeDropped
//   Replies  kOn, kSkip, kOff       CLIENT REPLY
//   Target   kNobodys -> kWanted -> kNobodys   a REDIRECT wants to name its own link, which is yet to be had
//   Activity kNever -> kNow -> kBefore -> kIdle -> kNow ...   what the client sends, seen from drain()
//
// A plain member of Session; one thread.
#pragma once

#include <cassert>
#include <cstdint>

namespace holdfast::proxy {

class SessionState {
 public:
  enum class Life : uint8_t {
    kServing,
    kLeaving,  // takes no new input, but still owes replies
    kClosing,  // until its stream is gone
    kClosed,
  };
  // What the first request in the tail waits for.
  enum class Wait : uint8_t {
    kNothing,
    kReplies,  // until no link owes this session a reply
    kLink,     // until a link is ready, or is known not to be
    kRoom,     // until a link has sent what it has gathered
    kWorkers,  // until the other workers have said what they know of their sessions
  };
  enum class Link : uint8_t { kShared, kOwn };
  enum class Input : uint8_t {
    kRequests,       // whole requests
    kLarge,          // the rest of a large request passes through to the own link
    kLargeDropped,   // ... or goes nowhere, since it was refused
    kLargeGathered,  // ... or is kept here until all of it has come and can be decided
  };
  // Redis drops replies, but no pushes.
  enum class Replies : uint8_t {
    kOn,
    kSkip,  // of the next command only
    kOff,
  };
  // Whether the client has sent anything since drain() last looked, or the time before.
  enum class Target : uint8_t { kNobodys, kWanted };
  enum class Activity : uint8_t { kNever, kNow, kBefore, kIdle };
  // What Redis keeps for the connection of the own link, or is about to.
  enum Hold : uint8_t {
    kBlocking = 1,    // a blocking command is on its way or waits; ends with the replies
    kTracking = 2,    // CLIENT TRACKING ON
    kMonitoring = 4,  // MONITOR
    kNoTouch = 8,     // CLIENT NO-TOUCH ON
    kUnknown = 16,    // kBlocking, but it is not a command that is known to block
    kTarget = 32,     // a REDIRECT of somebody's CLIENT TRACKING names the link
  };

  Life life() const { return life_; }
  Wait wait() const { return wait_; }
  Input input() const { return input_; }
  Replies replies() const { return replies_; }
  Activity activity() const { return activity_; }
  bool is_serving() const { return life_ == Life::kServing; }
  bool is_over() const { return life_ >= Life::kClosing; }
  bool is_waiting() const { return wait_ != Wait::kNothing; }
  bool is_quiet() const { return replies_ != Replies::kOn; }
  // The next reply goes to the client as Redis gives it.
  bool replies_are_plain() const { return plain_replies_; }
  void rewrite_next_reply(bool on) {
    rewrites_ = on;
    settle();
  }
  bool is_passing_large() const { return input_ != Input::kRequests; }
  bool holds(Hold hold) const { return (holds_ & hold) != 0; }
  // Is there something that must not be given back to the pool?
  bool holds_link() const { return (holds_ & ~(kBlocking | kUnknown)) != 0 || is_passing_large(); }
  bool is_wanted() const { return target_ == Target::kWanted; }
  // Requests go to the shared link and are answered: the hot path.
  bool is_plain() const { return plain_; }

  void enter(Life next) {
    assert(next > life_);
    assert(next != Life::kClosed || life_ == Life::kClosing);
    life_ = next;
  }
  void enter(Wait next) {
    assert(next == Wait::kNothing || wait_ == Wait::kNothing || wait_ == next);
    wait_ = next;
  }
  void enter(Link next) {
    assert(next != link_);
    assert(next == Link::kOwn || !is_passing_large() || is_over());
    link_ = next;
    if (next == Link::kShared) holds_ = 0;
    settle();
  }
  void enter(Input next) {
    assert((next == Input::kRequests) != (input_ == Input::kRequests) ||
           (input_ == Input::kLargeGathered && next == Input::kLargeDropped));
    assert(next != Input::kLarge || link_ == Link::kOwn);
    input_ = next;
  }
  void enter(Replies next) {
    replies_ = next;
    settle();
  }
  void enter(Target next) {
    target_ = next;
    settle();
  }
  void enter(Activity next) { activity_ = next; }
  void hold(Hold hold, bool on) {
    assert(!on || link_ == Link::kOwn);
    holds_ = static_cast<uint8_t>(on ? holds_ | hold : holds_ & ~hold);
  }

 private:
  void settle() {
    plain_ = link_ == Link::kShared && replies_ == Replies::kOn && target_ == Target::kNobodys;
    plain_replies_ = replies_ == Replies::kOn && !rewrites_;
  }

  Life life_ = Life::kServing;
  Wait wait_ = Wait::kNothing;
  Link link_ = Link::kShared;
  Input input_ = Input::kRequests;
  Replies replies_ = Replies::kOn;
  Target target_ = Target::kNobodys;
  Activity activity_ = Activity::kNever;
  uint8_t holds_ = 0;
  bool rewrites_ = false;
  bool plain_ = true;  // follow from the others, see settle()
  bool plain_replies_ = true;
};

}  // namespace holdfast::proxy
