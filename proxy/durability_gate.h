// Holds the replies of writes until the journal has them on disk.
//
// After the gated writes of one flush on a link, the link asks ROLE: a barrier. The answer's replication
// offset is that of a moment after those writes, so once the journal is durable up to it, their replies
// may leave. A barrier believes an answer only if it comes from a primary that lists our journal among
// its online replicas and whose history is the journal's; otherwise it asks again, until ack_timeout.
//
// A journal of this process wakes the gate. One that runs elsewhere (`via`) is asked for with ROLE, whose
// answer also says what that replica has acknowledged: every answer to a barrier is one such question, and
// while something waits and none is under way, there is one more after a millisecond, later after up to 20.
//
// Owned by the worker, one per upstream; everything but wake() runs on the worker's thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.h"
#include "net/timer.h"
#include "net/wakeup.h"

namespace holdfast::proxy {

class Session;
class Upstream;
class UpstreamLink;

class DurabilityGate final : public journal::Waker {
 public:
  // `journal` may be null: then nothing can be gated.
  DurabilityGate(net::Loop& loop, Upstream& upstream, journal::Journal* journal);
  ~DurabilityGate() override;
  void close();

  // Can a write that goes out on this link now be journaled? Hot path.
  bool accepts_writes(const UpstreamLink& link) const;
  // False only because the link has not shown yet that it belongs to the history that the journal has now:
  // worth waiting for its answer.
  bool awaits_identity(const UpstreamLink& link) const;
  // Why not: the whole -MISCONF reply, of a write or of a read that must see only what is durable.
  const std::string& refusal(bool of_read = false);

  // The journal's history as this worker knows it; 0 without a journal.
  uint64_t history() const { return history_; }

  // The link's barrier for this turn; opened at its first gated request.
  uint64_t barrier_for(UpstreamLink& link);
  // The link has run what the barrier is for, but cannot be asked: a shared one is.
  void ask_elsewhere(uint64_t barrier);
  // ROLE was answered.
  void barrier_answered(uint64_t barrier, UpstreamLink& link, std::string_view reply);
  // The link is gone: barriers that it had not answered fail.
  void link_lost(UpstreamLink& link);
  // `session` holds replies behind the barrier; it is told when they may leave. False when the barrier has
  // failed already: then nobody will tell.
  bool hold(uint64_t barrier, Session& session);
  void forget(Session& session);

  // Called on the journal's thread.
  void wake() override { wakeup_.send(); }

 private:
  struct Barrier {
    UpstreamLink* link = nullptr;  // who is to answer; null: nobody is asked now
    uint64_t history = 0;          // of the link when the barrier was opened
    uint64_t offset = 0;
    uint64_t answered_ns = 0;  // when ROLE first was; 0: not yet
    uint64_t held_ns = 0;      // when the first reply was held behind it: ack_timeout runs from here
    bool located = false;      // offset is known
    bool done = false;
    std::vector<Session*> sessions;
  };

  Barrier& find(uint64_t barrier) { return barriers_[barrier - first_]; }
  void check();
  void release_durable(uint64_t durable);
  void settle(uint64_t barrier, bool durable);
  void drop_done();  // and says when nothing waits any more
  void tick();
  void ask_again(uint64_t barrier);
  void arm();
  void watch_upstream();
  void plan_question(bool awaited);
  void ask_remote();

  Upstream& upstream_;
  journal::Journal* journal_;
  uint64_t history_ = 0;
  std::deque<Barrier> barriers_;  // by number: barriers_[n - first_]
  uint64_t first_ = 1;
  std::vector<std::vector<Session*>> spare_;  // memory of finished barriers
  std::string refusal_, read_refusal_;
  uint64_t refusal_made_ns_ = 0;
  net::Wakeup wakeup_;
  net::Timer timer_;
  net::Timer recheck_;  // while the journal is not attached

  // Only for a journal in another process: how far it is, is asked with ROLE, one question at a time.
  net::Timer ask_;
  UpstreamLink* asked_ = nullptr;  // where the answer is expected
  bool asking_quickly_ = false;    // the pause is one for somebody who waits
  uint64_t asks_ = 0;              // since something was awaited last
};

}  // namespace holdfast::proxy
