// Many sends in one system call, by io_uring (io_uring_enter(2)); Linux 5.6 and later.
//
// Owned by a SendBatch; one thread uses it. The sends are carried out while send() runs: they ask not to
// wait (MSG_DONTWAIT), and io_uring hands only what may wait to another thread or keeps it for later. So
// nothing is under way when send() has returned, and the bytes may be reused.
//
// Where io_uring is not to be had (an old kernel, the seccomp profile of a container, the sysctl
// kernel.io_uring_disabled) open() says why; that is no fault, the same sends go one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

struct io_uring;

namespace holdfast::net {

class SendRing {
 public:
  static constexpr size_t kSendsMax = 256;

  struct Send {
    int fd;
    const char* data;
    uint32_t size;
    int result;  // bytes that were sent, or -errno
  };

  static Result<std::unique_ptr<SendRing>> open();
  ~SendRing();
  SendRing(const SendRing&) = delete;
  SendRing& operator=(const SendRing&) = delete;

  // At most kSendsMax, in this order, and fills in their results. An error: the kernel did not take them all;
  // what it did not take has the result -EAGAIN, and the ring is of no more use.
  Status send(std::span<Send> sends);

 private:
  explicit SendRing(std::unique_ptr<io_uring> ring);
  // How many results there were.
  int reap();

  std::unique_ptr<io_uring> ring_;
};

}  // namespace holdfast::net
