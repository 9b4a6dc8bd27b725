// What the rest of the process sees of a journal: how far it is durable, and whether it can do its work.
//
// Written by the journal thread, read by every worker on its hot path: plain atomics, no lock. Owned by
// the Journal, which outlives the workers.
//
// Offsets are Redis replication offsets (INFO replication: master_repl_offset). They can be compared
// only within one history: `history` grows by one whenever the journal goes on under another replication
// id. (After a promotion the offsets of the new primary continue, but those of a link that still reaches
// the old one do not; a new number makes every link show its id again.) It is 0 until the first id is known.
//
// To decide whether an offset of history h is durable, read durable_offset first and history second: when
// the history changes, `history` is stored first, so whoever sees a new offset sees the new number too.
#pragma once

#include <atomic>
#include <cstdint>

namespace holdfast::journal {

// Somebody who wants to be woken. wake() is called on the journal thread and must only signal.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake() = 0;

  static constexpr uint64_t kNothing = UINT64_MAX;
  // The lowest offset that this waker waits for, or kNothing. Set it, then look at the watermark once
  // more before going to sleep; both sides are sequentially consistent so no wake-up is lost.
  std::atomic<uint64_t> wanted_offset{kNothing};
  // Clients wait for the journal, or will as soon as their writes have run. Set it, then call
  // Journal::hurry(), and both before the writes are sent.
  std::atomic<bool> waiting{false};
};

struct Watermark {
  std::atomic<uint64_t> durable_offset{0};  // everything up to here is written and fdatasync'ed
  std::atomic<uint64_t> history{0};
  // True while the replica link is attached and the files can be written: writes may be sent.
  std::atomic<bool> accepting{false};
};

}  // namespace holdfast::journal
