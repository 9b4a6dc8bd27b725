// How long to wait for more of the stream before the next fdatasync.
//
// One per replica link; journal thread. Pure: it is told the time, in monotonic nanoseconds.
//
// A group that becomes durable releases its clients, and those of a closed loop come back with their next
// writes within a moment. If the next sync begins with the first of them, the rest waits for two syncs:
// a group comes back in pieces and stays in pieces. Waiting for them pays where they are back in less time
// than a sync takes. So while clients wait for the journal, it measures now and then how long the bytes of
// the last group take to return, by waiting for most of a sync, and where that is enough it waits as long
// each time. Where it is not, or has often not been lately, it does not wait.
//
// While nobody waits (durability async), groups are spaced instead: fewer and larger ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::journal {

class GroupPacer {
 public:
  struct Pause {
    uint64_t ns = 0;   // 0: begin now
    size_t bytes = 0;  // or as soon as so many more have arrived
  };

  // May the group begin, at `now_ns`? `gathered`: its bytes so far, of which `returned` arrived after the
  // last group was durable. `awaited`: clients wait for the journal.
  Pause before_group(uint64_t now_ns, size_t gathered, size_t returned, bool awaited) const;

  // The group begins: with `returned` bytes that arrived after the last group was durable.
  void begin(uint64_t now_ns, size_t returned, bool awaited);

  // It is durable: `bytes` of it, with a sync of `sync_ns`.
  void durable(uint64_t now_ns, size_t bytes, uint64_t sync_ns);

  // How long before_group() waits at most for those who return, after a group was durable.
  uint64_t patience_ns() const;

 private:
  bool everybody_is_back(size_t returned) const;
  // The longest wait that can pay.
  uint64_t limit_ns() const { return sync_ns_ * 3 / 4; }

  uint64_t durable_ns_ = 0;  // when the last group was durable
  size_t last_bytes_ = 0;    // its size
  uint64_t sync_ns_ = 0;     // a running mean
  uint64_t return_ns_ = 0;   // how long returning takes, a slowly falling maximum; 0: too long to wait for
  uint32_t late_ = 0;        // how often it took longer lately
  bool measuring_ = true;
  uint32_t groups_ = 0;  // since it was measured
};

}  // namespace holdfast::journal
