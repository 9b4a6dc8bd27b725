#include "net/standby_place.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace holdfast::net {
namespace {

// Empty when the socket has no numeric address.
std::string name_of_address(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return "holdfast-standby [" + std::string(host) + "]:" + port;
}

}  // namespace

std::unique_ptr<StandbyPlace> StandbyPlace::take(int fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = name_of_address(fd);
  const size_t size = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), size);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
  const int place = name.empty() ? -1 : ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (place < 0 || ::bind(place, reinterpret_cast<const sockaddr*>(&address), length) == 0)
    return std::unique_ptr<StandbyPlace>(new StandbyPlace(place));
  const bool taken = errno == EADDRINUSE;
  ::close(place);
  return taken ? nullptr : std::unique_ptr<StandbyPlace>(new StandbyPlace(-1));
}

StandbyPlace::~StandbyPlace() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace holdfast::net
