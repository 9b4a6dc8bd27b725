#include "journal/nudge.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace holdfast::journal {

Nudge::Nudge() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Nudge::~Nudge() {
  if (fd_ >= 0) ::close(fd_);
}

void Nudge::nudge() {
  if (!pausing_.load() || !pausing_.exchange(false)) return;
  const uint64_t one = 1;
  (void)!::write(fd_, &one, sizeof one);
}

void Nudge::end_pause() {
  // Still pausing: nobody has nudged, so there is nothing to take back. A nudge that is between its exchange
  // and its write ends the next pause instead, for which there is no harm in ending early.
  if (pausing_.exchange(false)) return;
  uint64_t count = 0;
  (void)!::read(fd_, &count, sizeof count);
}

}  // namespace holdfast::journal
