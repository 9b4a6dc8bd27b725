#include "bench/load/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace holdfast::bench {
namespace {

constexpr int kConnectionsBetweenPings = 100;  // well below the backlog of any server here (Redis: 511)
constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Result<Fd> connect_to(int port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return Error::from_errno("cannot make a socket", errno);
  const sockaddr_in address = loopback(port);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Error::from_errno("cannot connect to 127.0.0.1:" + std::to_string(port), errno);
  }
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval patience{30, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  return fd;
}

Result<std::vector<Fd>> connect_many(int port, int count) {
  std::vector<Fd> clients;
  clients.reserve(static_cast<size_t>(count));
  for (int i = 1; i <= count; ++i) {
    auto client = connect_to(port);
    if (!client.ok()) return client.error();
    if (i % kConnectionsBetweenPings == 0 || i == count) {
      const auto pong = ask(client.value().get(), kPing);
      if (!pong.ok()) return pong.error();
    }
    clients.push_back(std::move(client).value());
  }
  return clients;
}

Status send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Error::from_errno("cannot send", errno);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<std::string> receive(int fd, size_t size) {
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size;) {
    const ssize_t got = recv(fd, bytes.data() + at, size - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::from_errno("no reply", errno);
    if (got == 0) return Error(ErrorCode::kIo, "the server closed the connection");
    at += static_cast<size_t>(got);
  }
  return bytes;
}

Result<std::string> ask(int fd, std::string_view request) {
  if (const Status sent = send_all(fd, request); !sent.ok()) return sent.error();
  std::string line;
  while (!line.ends_with("\r\n")) {
    const auto next = receive(fd, 1);
    if (!next.ok()) return next.error();
    line += next.value();
  }
  line.resize(line.size() - 2);
  return line;
}

Result<int> http_status(int port, const std::string& path) {
  const auto fd = connect_to(port);
  if (!fd.ok()) return fd.error();
  const auto line =
      ask(fd.value().get(), "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  if (!line.ok()) return line.error();
  const size_t space = line.value().find(' ');
  return space == std::string::npos ? 0 : std::atoi(line.value().c_str() + space);
}

Result<int> free_port() {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Error::from_errno("cannot find a free port", errno);
  }
  return ntohs(address.sin_port);
}

}  // namespace holdfast::bench
