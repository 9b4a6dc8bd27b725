#include "journal/redis_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/clock.h"
#include "journal/resolver.h"

namespace holdfast::journal {
namespace {

constexpr size_t kLineMax = 64 * 1024;
constexpr size_t kLowWaterMax = 128 * 1024;
constexpr size_t kTlsInputBytes = 64 * 1024;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr size_t kBulkMax = 16u << 20;  // INFO is a few kilobytes

std::string reason(int errno_value) {
  std::string text = std::strerror(errno_value);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(text[0]));
  return text;
}

Error no_handshake() {
  return Error(
      ErrorCode::kTimeout,
      "no answer to the TLS handshake within connect_timeout; write redis:// if it does not speak TLS");
}

Error closed() {
  return Error(ErrorCode::kUnavailable, "the connection was closed by the other side");
}

Result<std::vector<SocketAddress>> addresses_of(const Endpoint& endpoint, int64_t timeout_ms,
                                                const StopSignal& stop) {
  if (endpoint.kind == Endpoint::Kind::kTcp) return resolve(endpoint.host, endpoint.port, timeout_ms, stop);
  SocketAddress address{};
  auto* unix_address = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (endpoint.path.size() >= sizeof unix_address->sun_path)
    return Error(ErrorCode::kInvalid, "the path of the unix socket is longer than the system allows");
  unix_address->sun_family = AF_UNIX;
  std::memcpy(unix_address->sun_path, endpoint.path.data(), endpoint.path.size());
  address.size = sizeof *unix_address;
  return std::vector<SocketAddress>{address};
}

Result<int> connect_to(const SocketAddress& address, int64_t timeout_ms, const StopSignal& stop) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  const int fd = ::socket(generic->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error(ErrorCode::kUnavailable, reason(errno));
  Status outcome;
  if (::connect(fd, generic, address.size) != 0) {
    if (errno != EINPROGRESS) {
      outcome = Error(ErrorCode::kUnavailable, reason(errno));
    } else if (outcome = wait_for(fd, POLLOUT, timeout_ms, stop); outcome.ok()) {
      int problem = 0;
      socklen_t size = sizeof problem;
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
      if (problem != 0) outcome = Error(ErrorCode::kUnavailable, reason(problem));
    }
  }
  if (!outcome.ok()) {
    ::close(fd);
    return outcome.error();
  }
  const int on = 1;  // both fail on a unix socket, which needs neither
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return fd;
}

}  // namespace

Result<std::unique_ptr<RedisConnection>> RedisConnection::connect(const Endpoint& endpoint,
                                                                  const tls::Credentials* tls,
                                                                  int64_t timeout_ms,
                                                                  const StopSignal& stop) {
  auto addresses = addresses_of(endpoint, timeout_ms, stop);
  if (!addresses.ok()) return addresses.error();
  Error last(ErrorCode::kUnavailable, "no address");
  for (const SocketAddress& address : addresses.value()) {
    auto fd = connect_to(address, timeout_ms, stop);
    if (fd.ok()) {
      std::unique_ptr<RedisConnection> made(new RedisConnection(fd.value(), timeout_ms, stop));
      if (Status begun = tls == nullptr ? Status() : made->begin_tls(*tls); !begun.ok()) return begun.error();
      return made;
    }
    last = fd.error();
    if (stop.requested()) break;
  }
  return last;
}

RedisConnection::RedisConnection(int fd, int64_t timeout_ms, const StopSignal& stop)
    : fd_(fd), timeout_ms_(timeout_ms), stop_(stop) {}

RedisConnection::~RedisConnection() {
  ::close(fd_);
}

Endpoint RedisConnection::local_endpoint() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_of(address);
}

Endpoint RedisConnection::peer_endpoint() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_of(address);
}

Status RedisConnection::begin_tls(const tls::Credentials& tls) {
  tls_ = tls.current()->open();
  if (tls_ == nullptr) return Error(ErrorCode::kUnavailable, "there is no memory for a TLS connection");
  tls_input_.resize(kTlsInputBytes);
  const uint64_t deadline_ns = monotonic_ns() + static_cast<uint64_t>(timeout_ms_) * kNsPerMs;
  while (true) {
    auto over = tls_->shake_hands(tls_output_);
    Status sent = send_encrypted();  // after an error too: the alert says why
    if (!over.ok()) return over.error();
    if (!sent.ok() || over.value()) return sent;
    const uint64_t now_ns = monotonic_ns();
    if (now_ns >= deadline_ns) return no_handshake();
    const auto left_ms = static_cast<int64_t>((deadline_ns - now_ns) / kNsPerMs) + 1;
    if (Status ready = wait_for(fd_, POLLIN, left_ms, stop_); !ready.ok())
      return ready.error().code() == ErrorCode::kTimeout ? no_handshake() : ready.error();
    auto n = receive(tls_input_.data(), tls_input_.size());
    if (!n.ok()) return n.error();
    if (n.value() > 0) tls_->put({tls_input_.data(), n.value()});
  }
}

Status RedisConnection::send_encrypted() {
  if (tls_output_.empty()) return {};
  std::string bytes;
  bytes.swap(tls_output_);
  return send_bytes(bytes);
}

Result<size_t> RedisConnection::receive_decrypted(char* buffer, size_t size) {
  while (true) {
    auto plain = tls_->read(buffer, size, tls_output_);
    if (Status sent = send_encrypted(); !sent.ok()) return sent.error();
    // Not kRefused: that is an error reply to a command. In TLS 1.3 a server that does not accept our
    // certificate says so only here.
    if (!plain.ok()) return Error(ErrorCode::kUnavailable, plain.error().message());
    if (plain.value() > 0) return plain;
    if (tls_->peer_closed()) return closed();
    auto n = receive(tls_input_.data(), tls_input_.size());
    if (!n.ok() || n.value() == 0) return n;
    tls_->put({tls_input_.data(), n.value()});
  }
}

std::string RedisConnection::encode(std::initializer_list<std::string_view> command) {
  std::string bytes = "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string_view argument : command) {
    bytes += "$" + std::to_string(argument.size()) + "\r\n";
    bytes += argument;
    bytes += "\r\n";
  }
  return bytes;
}

Status RedisConnection::send_all(std::string_view bytes) {
  if (tls_ == nullptr) return send_bytes(bytes);
  if (Status written = tls_->write(bytes, tls_output_); !written.ok())
    return Error(ErrorCode::kUnavailable, written.error().message());
  return send_encrypted();
}

Status RedisConnection::send_bytes(std::string_view rest) {
  while (!rest.empty()) {
    const ssize_t n = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n > 0) {
      rest.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      if (Status ready = wait_for(fd_, POLLOUT, timeout_ms_, stop_); !ready.ok()) return ready;
    } else if (errno != EINTR) {
      return Error(ErrorCode::kUnavailable, reason(errno));
    }
  }
  return {};
}

Result<size_t> RedisConnection::read_available(char* buffer, size_t size) {
  if (!pending_.empty()) {
    const size_t n = std::min(size, pending_.size());
    std::memcpy(buffer, pending_.data(), n);
    pending_.erase(0, n);
    return n;
  }
  return tls_ == nullptr ? receive(buffer, size) : receive_decrypted(buffer, size);
}

Result<size_t> RedisConnection::receive(char* buffer, size_t size) {
  while (true) {
    const ssize_t n = ::recv(fd_, buffer, size, 0);
    if (n > 0) return static_cast<size_t>(n);
    if (n == 0) return closed();
    if (errno == EAGAIN) return size_t{0};
    if (errno != EINTR) return Error(ErrorCode::kUnavailable, reason(errno));
  }
}

Result<size_t> RedisConnection::read_some(char* buffer, size_t size, int64_t timeout_ms) {
  while (true) {
    auto n = read_available(buffer, size);
    if (!n.ok() || n.value() > 0) return n;
    // What makes the socket readable may be less than a TLS record: then there is nothing to give yet.
    if (Status ready = wait_readable(timeout_ms); !ready.ok()) return ready.error();
  }
}

Status RedisConnection::wait_readable(int64_t timeout_ms) {
  set_low_water(1);
  return wait_for(fd_, POLLIN, timeout_ms, stop_);
}

void RedisConnection::set_low_water(size_t bytes) {
  const int wanted = static_cast<int>(std::clamp<size_t>(bytes, 1, kLowWaterMax));
  if (wanted == low_water_) return;
  low_water_ = wanted;
  // socket(7): poll() honours it on TCP sockets; on a unix socket it has no effect, or fails.
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
}

Status RedisConnection::gather(size_t bytes, uint64_t timeout_ns, const Nudge& nudge) {
  if (!pending_.empty()) return {};
  set_low_water(bytes);
  pollfd fds[3] = {{stop_.fd(), POLLIN, 0}, {fd_, POLLIN, 0}, {nudge.fd(), POLLIN, 0}};
  constexpr uint64_t kSecond = 1'000'000'000;
  const timespec timeout{static_cast<time_t>(timeout_ns / kSecond), static_cast<long>(timeout_ns % kSecond)};
  const int ready = ::ppoll(fds, 3, &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return Error::from_errno("cannot wait for the upstream", errno);
  return {};
}

Result<std::string> RedisConnection::read_line(int64_t timeout_ms) {
  std::string line;
  while (true) {
    char buffer[4096];
    auto n = read_some(buffer, sizeof buffer, timeout_ms);
    if (!n.ok()) return n.error();
    std::string_view bytes(buffer, n.value());
    while (line.empty() && !bytes.empty() && (bytes.front() == '\n' || bytes.front() == '\r'))
      bytes.remove_prefix(1);
    const size_t newline = bytes.find('\n');
    line += bytes.substr(0, newline);
    if (newline != std::string_view::npos) {
      unread(bytes.substr(newline + 1));
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (line.size() > kLineMax) return Error(ErrorCode::kProtocol, "a line that does not end");
  }
}

Result<std::string> RedisConnection::command(std::initializer_list<std::string_view> command) {
  if (Status sent = send(command); !sent.ok()) return sent.error();
  return read_reply();
}

Result<std::string> RedisConnection::read_reply() {
  auto line = read_line(timeout_ms_);
  if (!line.ok()) return line;
  const std::string& text = line.value();
  const std::string rest = text.substr(1);
  if (text[0] == '-') return Error(ErrorCode::kRefused, rest);
  if (text[0] == '+' || text[0] == ':') return rest;
  size_t size = 0;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
  if (text[0] != '$' || problem != std::errc() || end != rest.data() + rest.size() || size > kBulkMax)
    return Error(ErrorCode::kProtocol, "an answer that is not Redis's: '" + text.substr(0, 64) + "'");
  std::string bulk(size + 2, '\0');
  for (size_t at = 0; at < bulk.size();) {
    auto n = read_some(bulk.data() + at, bulk.size() - at, timeout_ms_);
    if (!n.ok()) return n.error();
    at += n.value();
  }
  bulk.resize(size);
  return bulk;
}

}  // namespace holdfast::journal
