#include "net/listen_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "net/shared_port.h"
#include "net/standby_place.h"
#include "net/unix_socket_file.h"

namespace holdfast::net {
namespace {

constexpr int kBacklog = 1024;

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddrinfo>;

Result<Addresses> resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int problem = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &list);
  if (problem != 0)
    return Error(ErrorCode::kInvalid, "cannot resolve '" + endpoint.host + "': " + gai_strerror(problem));
  return Addresses(list);
}

Error bind_error(const Endpoint& endpoint, int errno_value) {
  if (errno_value == EADDRINUSE)
    return Error(ErrorCode::kIo, "cannot listen on " + endpoint.to_string() +
                                     ": another process has this port; stop it or choose another address");
  if (errno_value == EADDRNOTAVAIL)
    return Error(ErrorCode::kIo, "cannot listen on " + endpoint.to_string() +
                                     ": this machine has no such address; choose one of its own");
  if (errno_value == EACCES)
    return Error(ErrorCode::kIo,
                 "cannot listen on " + endpoint.to_string() +
                     ": not permitted; choose a port above 1023 or grant CAP_NET_BIND_SERVICE");
  return Error::from_errno("cannot listen on " + endpoint.to_string(), errno_value);
}

int bound_socket(const addrinfo& address, bool reuse_port) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (address.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(fd, address.ai_addr, address.ai_addrlen) == 0) return fd;
  const int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Result<std::vector<ListenSocket>> ListenSocket::open(const Endpoint& endpoint, int count, Sharing sharing) {
  if (endpoint.kind != Endpoint::Kind::kTcp)
    return Error(ErrorCode::kInvalid, endpoint.to_string() + " is no TCP address; write host:port");
  Endpoint actual = endpoint;
  const bool shares = sharing == Sharing::kTakeover;
  size_t others = 0;
  std::vector<ListenSocket> sockets;
  for (int i = 0; i < count; ++i) {
    auto addresses = resolve(actual);
    if (!addresses.ok()) return addresses.error().prefixed("cannot listen on " + endpoint.to_string());
    const addrinfo& address = *addresses.value();
    // A probe without SO_REUSEPORT: it fails where another process listens with SO_REUSEPORT, which
    // would otherwise quietly share the connections with us.
    if (i == 0 && actual.port != 0 && !shares) {
      const int probe = bound_socket(address, false);
      if (probe < 0) return bind_error(endpoint, errno);
      close(probe);
    }
    const int fd = bound_socket(address, shares || count > 1);
    if (fd < 0) return bind_error(endpoint, errno);
    sockets.push_back(ListenSocket(fd, actual));
    if (shares && i == 0) {
      if (overlaps_other_listener(fd)) return bind_error(endpoint, EADDRINUSE);
      others = count_listeners(fd);
      if (others > 0) {
        sockets.back().place_ = StandbyPlace::take(fd);
        if (sockets.back().place_ == nullptr)
          return Error(ErrorCode::kUnavailable,
                       "cannot listen on " + endpoint.to_string() +
                           ": another process listens there, and one more waits for its place");
        // The group can be steered only by a member, so by one that listens already.
        ignore_new_connections(fd);
      }
    }
    if (listen(fd, kBacklog) != 0) return bind_error(endpoint, errno);
    if (i == 0 && others > 0) {
      steer_connections(fd, 0, static_cast<uint32_t>(others));
      take_new_connections(fd);
    }
    actual.port = bound_port(fd);
    sockets.back().endpoint_ = actual;
    sockets.back().standby_ = others > 0;
  }
  return sockets;
}

// A path has one socket; for several loops its descriptor is duplicated.
Result<std::vector<ListenSocket>> ListenSocket::open_unix(const Endpoint& endpoint, int count,
                                                          unsigned permissions) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error::from_errno("cannot listen on " + endpoint.to_string(), errno);
  std::vector<ListenSocket> sockets;
  sockets.push_back(ListenSocket(fd, endpoint));
  auto file = UnixSocketFile::bind(fd, endpoint.path, permissions);
  if (!file.ok()) return file.error();
  if (listen(fd, kBacklog) != 0) return Error::from_errno("cannot listen on " + endpoint.to_string(), errno);
  for (int i = 1; i < count; ++i) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return Error::from_errno("cannot listen on " + endpoint.to_string(), errno);
    sockets.push_back(ListenSocket(copy, endpoint));
  }
  for (ListenSocket& one : sockets) {
    one.file_ = file.value();
    one.standby_ = file.value()->was_waiting();
  }
  return sockets;
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      endpoint_(std::move(other.endpoint_)),
      file_(std::move(other.file_)),
      place_(std::move(other.place_)),
      standby_(other.standby_) {}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) close(fd_);
}

int ListenSocket::release() {
  return std::exchange(fd_, -1);
}

}  // namespace holdfast::net
