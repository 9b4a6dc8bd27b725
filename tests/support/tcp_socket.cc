#include "tests/support/tcp_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace holdfast::testing {
namespace {

constexpr int kDeadlineMs = 60'000;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::abort();
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TcpSocket::TcpSocket(uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail("cannot make a socket");
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  const sockaddr_in address = loopback(port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail("cannot connect to the port under test");
}

TcpSocket::~TcpSocket() {
  close();
}

TcpSocket::TcpSocket(TcpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

bool TcpSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd waiting{fd_, POLLOUT, 0};
    if (::poll(&waiting, 1, kDeadlineMs) <= 0) return false;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::optional<std::string> TcpSocket::read_some(size_t limit) {
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, kDeadlineMs) <= 0) return std::nullopt;
  std::string bytes(limit, '\0');
  const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return bytes;
}

std::optional<std::string> TcpSocket::read_to_end() {
  std::string all;
  while (true) {
    const std::optional<std::string> piece = read_some();
    if (!piece.has_value()) return std::nullopt;
    if (piece->empty()) return all;
    all += *piece;
  }
}

bool TcpSocket::has_unread() const {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

void TcpSocket::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void TcpSocket::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void TcpSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

uint16_t unused_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail("cannot find an unused port");
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace holdfast::testing
