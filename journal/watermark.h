// What the rest of the process sees of a journal: how far it is durable, and whether it can do its work.
//
// Written by the journal thread, read by every worker on its hot path: plain atomics, no lock. Owned by
// the Journal, which outlives the workers.
//
// Offsets are Redis replication offsets (INFO replication: master_repl_offset). They can be compared
// only within one history: `history` grows by one whenever the journal adopts a replication id whose
// offsets do not continue the ones before. It is 0 until the first id is known.
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
};

struct Watermark {
  std::atomic<uint64_t> durable_offset{0};  // everything up to here is written and fdatasync'ed
  std::atomic<uint64_t> history{0};
  // True while the replica link is attached and the files can be written: writes may be sent.
  std::atomic<bool> accepting{false};
};

}  // namespace holdfast::journal
