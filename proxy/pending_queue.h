// The replies that a link still owes, in the order in which they will come: Redis answers a connection's
// requests in order, so this queue is all that is needed to give every reply to its client.
//
// A reply that Holdfast gives itself (a refusal) takes its place in the same queue, and leaves when
// everything before it has: that is how a pipeline's order survives. Requests of one client that follow
// each other are one entry. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/asked.h"

namespace holdfast::proxy {

class Session;

struct Pending {
  enum class Kind : uint8_t {
    kReply,       // upstream's reply goes to the session
    kMultiReply,  // the same for MULTI, which must not fail
    kGatedReply,  // the same, held until `barrier` is durable
    kGatedRead,   // ... which is about what a read has seen
    kRewritten,  // the same as one of these, but names in it are rewritten; `text`: of EXEC, see key_prefix.h
    kLocal,      // no reply of the upstream: `text` goes to the session
    kReplace,    // upstream's reply is dropped and `text`, if any, goes to the session instead
    kBarrier,    // the answer to ROLE that `barrier` waits for
    kHandshake,  // the link's own
    kIdentity,   // the answer to INFO replication, asked again because the journal's history changed
    kEviction,   // the answer to INFO memory: may this Redis drop keys?
    kPreload,    // of a script; `text`: its path
    kHealth,     // the answer to PING: does this Redis answer at all?
    kIgnored,    // an answer that nobody needs
    // Only on a link lent to the session; `text`, if any, goes to it instead of the upstream's reply.
    kConfirmations,  // of SUBSCRIBE and its family: `replies` of them, 0 for UNSUBSCRIBE of everything
    kToldReply,      // upstream's reply goes to the session, which is told what it means (`about`)
    kRefusal,        // the same for a command that Redis must refuse now
    kTrackingInfo,   // the answer to CLIENT TRACKINGINFO, which names a connection of ours
    kReset,          // upstream's reply to RESET, after which it has no subscriptions
    // The parts of the answer to EXEC (execution.h), with some of the above between them.
    kExecHead,
    kExecPlain,  // `replies` ordinary elements
    kExecLocal,  // upstream's answer is dropped, Holdfast's takes its place
    kExecEnd,    // no reply of the upstream
    kPlace,      // the answer to CLIENT INFO: in which database EXEC has left the link
  };

  Session* session = nullptr;
  Asked asked;  // the next one to be answered
  uint64_t barrier = 0;
  std::unique_ptr<std::string> text;
  uint32_t replies = 1;  // kReply and kGatedReply: how many are still to come
  Kind kind = Kind::kReply;
  // kToldReply: a Told; kConfirmations: the FrameKind; kRewritten: the ReplyForm; kReplace: see UpstreamLink
  uint8_t about = 0;
  bool read = false;       // kRewritten: behind its barrier as a kGatedRead
  bool adds_info = false;  // kRewritten: of INFO, with a section of Holdfast's own
};

// A ring that grows and never shrinks; its size is bounded by what sessions may have in flight.
class PendingQueue {
 public:
  bool empty() const { return head_ == tail_; }
  size_t size() const { return tail_ - head_; }
  Pending& front() { return ring_[head_ & mask_]; }
  Pending& back() { return ring_[(tail_ - 1) & mask_]; }
  Pending& at(size_t index) { return ring_[(head_ + index) & mask_]; }

  Pending& push() {
    if (size() == ring_.size()) [[unlikely]]
      grow();
    return ring_[tail_++ & mask_];
  }

  void pop() { ++head_; }

 private:
  void grow() {
    std::vector<Pending> larger(ring_.empty() ? 64 : ring_.size() * 2);
    const size_t count = size();
    for (size_t i = 0; i < count; ++i) larger[i] = std::move(at(i));
    ring_ = std::move(larger);
    mask_ = ring_.size() - 1;
    head_ = 0;
    tail_ = count;
  }

  std::vector<Pending> ring_;
  size_t mask_ = 0;
  size_t head_ = 0;  // both only grow; their low bits are the place in the ring
  size_t tail_ = 0;
};

}  // namespace holdfast::proxy
