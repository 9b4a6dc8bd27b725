#include "net/send_ring.h"

#include <liburing.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace holdfast::net {
namespace {

// Carried out or refused at once, never kept for later (see the header).
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

bool can_send(io_uring& ring) {
  io_uring_probe* probe = io_uring_get_probe_ring(&ring);
  const bool can = probe != nullptr && io_uring_opcode_supported(probe, IORING_OP_SEND) != 0;
  io_uring_free_probe(probe);
  return can;
}

}  // namespace

SendRing::SendRing(std::unique_ptr<io_uring> ring) : ring_(std::move(ring)) {}

SendRing::~SendRing() {
  io_uring_queue_exit(ring_.get());
}

Result<std::unique_ptr<SendRing>> SendRing::open() {
  auto ring = std::make_unique<io_uring>();
  if (const int problem = io_uring_queue_init(kSendsMax, ring.get(), 0); problem < 0)
    return Error::from_errno("io_uring_setup", -problem);
  std::unique_ptr<SendRing> opened(new SendRing(std::move(ring)));
  if (!can_send(*opened->ring_))
    return Error(ErrorCode::kUnavailable, "io_uring of this kernel cannot send (Linux 5.6 can)");
  return opened;
}

Status SendRing::send(std::span<Send> sends) {
  assert(sends.size() <= kSendsMax);
  for (Send& send : sends) {
    send.result = -EAGAIN;
    io_uring_sqe* entry = io_uring_get_sqe(ring_.get());
    io_uring_prep_send(entry, send.fd, send.data, send.size, kSendFlags);
    io_uring_sqe_set_data(entry, &send);
  }
  const int taken = io_uring_submit(ring_.get());
  int done = reap();
  while (done < taken) {
    // Cannot be, see the header; but the bytes must not be reused while the kernel has them.
    io_uring_cqe* late = nullptr;
    if (io_uring_wait_cqe(ring_.get(), &late) == 0) done += reap();
  }
  if (taken == static_cast<int>(sends.size())) [[likely]]
    return {};
  return Error::from_errno("io_uring_enter", taken < 0 ? -taken : EBUSY);
}

int SendRing::reap() {
  unsigned head = 0;
  unsigned count = 0;
  io_uring_cqe* done = nullptr;
  io_uring_for_each_cqe(ring_.get(), head, done) {
    static_cast<Send*>(io_uring_cqe_get_data(done))->result = done->res;
    ++count;
  }
  io_uring_cq_advance(ring_.get(), count);
  return static_cast<int>(count);
}

}  // namespace holdfast::net
