#include "journal/replica_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "resp/request_parser.h"

namespace holdfast::journal {
namespace {

constexpr size_t kRawBytes = 16u << 10;
constexpr int64_t kMsToNs = 1'000'000;

Error closed() {
  return Error(ErrorCode::kUnavailable, "the connection was closed by the other side");
}

}  // namespace

ReplicaSocket::ReplicaSocket(int fd, std::shared_ptr<const tls::Context> tls, const StopSignal& stop)
    : fd_(fd), context_(std::move(tls)), stop_(stop), raw_(kRawBytes) {}

ReplicaSocket::~ReplicaSocket() {
  ::close(fd_);
}

void ReplicaSocket::finish() {
  ::shutdown(fd_, SHUT_RDWR);
}

// Into raw_.
Result<size_t> ReplicaSocket::receive() {
  while (true) {
    const ssize_t n = ::recv(fd_, raw_.data(), raw_.size(), 0);
    if (n > 0) return static_cast<size_t>(n);
    if (n == 0) return closed();
    if (errno == EAGAIN) return size_t{0};
    if (errno != EINTR) return Error::from_errno("the connection was lost", errno);
  }
}

Status ReplicaSocket::begin(int64_t timeout_ms) {
  if (Status ready = wait_for(fd_, POLLIN, timeout_ms, stop_); !ready.ok()) return ready;
  char head[2] = {};
  const ssize_t seen = ::recv(fd_, head, sizeof head, MSG_PEEK);
  if (seen <= 0) return closed();
  if (head[0] != 0x16) return {};
  if (context_ == nullptr) {
    return Error(ErrorCode::kRefused,
                 "it speaks TLS (tls-replication yes), and there is no certificate to answer with; give cert "
                 "and key in the tls of the upstream");
  }
  tls_ = context_->open();
  if (tls_ == nullptr) return Error(ErrorCode::kUnavailable, "there is no memory for a TLS connection");
  while (true) {
    auto over = tls_->shake_hands(output_);
    std::string bytes;
    bytes.swap(output_);
    Status sent = send_raw(bytes, timeout_ms);
    if (!over.ok()) return over.error();
    if (!sent.ok() || over.value()) return sent;
    if (Status ready = wait_for(fd_, POLLIN, timeout_ms, stop_); !ready.ok()) return ready;
    auto n = receive();
    if (!n.ok()) return n.error();
    if (n.value() > 0) tls_->put({raw_.data(), n.value()});
  }
}

Result<size_t> ReplicaSocket::take_in() {
  if (input_.size() >= kInputMax) return size_t{0};
  if (tls_ == nullptr) {
    auto n = receive();
    if (n.ok()) input_.append(raw_.data(), n.value());
    return n;
  }
  size_t taken = 0;
  char plain[4096];
  while (true) {
    auto n = tls_->read(plain, sizeof plain, output_);
    if (!n.ok()) return Error(ErrorCode::kUnavailable, n.error().message());
    if (n.value() > 0) {
      input_.append(plain, n.value());
      taken += n.value();
      continue;
    }
    if (tls_->peer_closed()) return closed();
    auto raw = receive();
    if (!raw.ok()) return taken > 0 ? Result<size_t>(taken) : raw;
    if (raw.value() == 0) return taken;
    tls_->put({raw_.data(), raw.value()});
  }
}

Status ReplicaSocket::read_more(int64_t timeout_ms) {
  while (true) {
    auto n = take_in();
    if (!n.ok()) return n.error();
    if (!output_.empty()) {
      std::string bytes;
      bytes.swap(output_);
      if (Status sent = send_raw(bytes, timeout_ms); !sent.ok()) return sent;
    }
    if (n.value() > 0) return {};
    if (input_.size() >= kInputMax) return Error(ErrorCode::kProtocol, "a request that does not end");
    if (Status ready = wait_for(fd_, POLLIN, timeout_ms, stop_); !ready.ok()) return ready;
  }
}

Status ReplicaSocket::send(std::string_view bytes, int64_t silence_ms) {
  if (tls_ == nullptr) return send_raw(bytes, silence_ms);
  if (Status written = tls_->write(bytes, output_); !written.ok())
    return Error(ErrorCode::kUnavailable, written.error().message());
  std::string encrypted;
  encrypted.swap(output_);
  return send_raw(encrypted, silence_ms);
}

Status ReplicaSocket::send_raw(std::string_view bytes, int64_t silence_ms) {
  uint64_t heard_ns = monotonic_ns();
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
      heard_ns = monotonic_ns();
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Error::from_errno("the connection was lost", errno);
    // It may be loading: then it takes nothing and sends newlines.
    const bool full = input_.size() >= kInputMax || (tls_ != nullptr && !tls_->is_established());
    const short events = full ? POLLOUT : POLLIN | POLLOUT;
    Status ready = wait_for(fd_, events, 1'000, stop_);
    if (!ready.ok() && ready.error().code() != ErrorCode::kTimeout) return ready;
    if (!full && ready.ok()) {
      auto heard = take_in();
      if (!heard.ok()) return heard.error();
      if (heard.value() > 0) heard_ns = monotonic_ns();
    }
    if (monotonic_ns() - heard_ns > static_cast<uint64_t>(silence_ms * kMsToNs)) {
      return Error(ErrorCode::kTimeout,
                   "it has taken nothing for " + std::to_string(silence_ms / 1000) + " seconds");
    }
  }
  return {};
}

}  // namespace holdfast::journal
