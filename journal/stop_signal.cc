#include "journal/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/clock.h"

namespace holdfast::journal {

StopSignal::StopSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
StopSignal::~StopSignal() {
  if (fd_ >= 0) ::close(fd_);
}

void StopSignal::request() {
  requested_ = true;
  const uint64_t one = 1;
  (void)!::write(fd_, &one, sizeof one);
}

bool StopSignal::sleep_ms(int64_t ms) const {
  (void)wait_for(-1, 0, ms, *this);
  return !requested();
}

Status wait_for(int fd, short events, int64_t timeout_ms, const StopSignal& stop) {
  const uint64_t deadline =
      monotonic_ns() + static_cast<uint64_t>(std::max<int64_t>(timeout_ms, 0)) * 1'000'000;
  while (true) {
    const uint64_t now = monotonic_ns();
    // Rounded up: a wait of less than a millisecond must not become a busy loop.
    const uint64_t left_ms = now >= deadline ? 0 : (deadline - now + 999'999) / 1'000'000;
    pollfd fds[2] = {{stop.fd(), POLLIN, 0}, {fd, events, 0}};
    const int ready =
        ::poll(fds, 2, static_cast<int>(std::min<uint64_t>(left_ms, std::numeric_limits<int>::max())));
    if (stop.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    if (ready < 0 && errno != EINTR) return Error::from_errno("cannot wait for the upstream", errno);
    if (ready > 0 && fds[1].revents != 0) return {};
    if (ready == 0 && left_ms == 0) return Error(ErrorCode::kTimeout, "no answer in time");
  }
}

}  // namespace holdfast::journal
