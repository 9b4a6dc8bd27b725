#include "net/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace holdfast::net {

Wakeup::Wakeup(Loop& loop, std::function<void()> callback)
    : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(callback)), handle_(this) {
  if (fd_ < 0 || uv_poll_init(loop.raw(), handle_.get(), fd_) != 0) {
    // As libuv does when it cannot make its own: a loop that nobody can wake is of no use.
    std::perror("holdfast: cannot make an eventfd");
    std::abort();
  }
  uv_poll_start(handle_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    if (handle->data != nullptr) static_cast<Wakeup*>(handle->data)->take();
  });
}

void Wakeup::send() {
  // Whoever has sent and was not taken yet speaks for this one too: what was written before is seen then.
  if (sent_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  const uint64_t one = 1;
  if (fd_ >= 0) (void)!::write(fd_, &one, sizeof one);
}

void Wakeup::take() {
  uint64_t count = 0;
  (void)!::read(fd_, &count, sizeof count);
  sent_.store(false);
  const std::function<void()> copy = callback_;  // it may destroy this
  copy();
}

void Wakeup::close() {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return;
  handle_.close();
  ::close(fd_);
  fd_ = -1;
}

}  // namespace holdfast::net
