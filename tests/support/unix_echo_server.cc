#include "tests/support/unix_echo_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace holdfast::testing {

UnixEchoServer::UnixEchoServer(const std::string& path)
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 1) != 0) {
    std::perror("cannot listen on a unix socket");
    std::abort();
  }
  thread_ = std::thread([this] {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = ::read(fd, buffer, sizeof(buffer))) > 0)
      if (::send(fd, buffer, static_cast<size_t>(size), MSG_NOSIGNAL) != size) break;
    ::close(fd);
  });
}

UnixEchoServer::~UnixEchoServer() {
  ::shutdown(listener_, SHUT_RDWR);  // ends an accept() that waits
  thread_.join();
  ::close(listener_);
}

}  // namespace holdfast::testing
