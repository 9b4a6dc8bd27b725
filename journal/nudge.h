// Ends a pause that the journal thread makes only to gather more into a group.
//
// Owned by the Journal. begin_pause() and end_pause() belong to the journal thread, nudge() may be called
// from any thread. Whoever begins to wait for the journal first says so (Waker::waiting), then nudges; the
// journal thread first begins the pause, then looks for waiters. Both sides are sequentially consistent,
// so one of the two sees the other. A nudge outside of a pause costs one load.
#pragma once

#include <atomic>

namespace holdfast::journal {

class Nudge {
 public:
  Nudge();
  ~Nudge();
  Nudge(const Nudge&) = delete;
  Nudge& operator=(const Nudge&) = delete;

  void begin_pause() { pausing_.store(true); }
  void end_pause();

  void nudge();

  int fd() const { return fd_; }  // readable once nudged, until end_pause()

 private:
  int fd_;
  std::atomic<bool> pausing_{false};
};

}  // namespace holdfast::journal
