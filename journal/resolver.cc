#include "journal/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <system_error>
#include <thread>

namespace holdfast::journal {
namespace {

struct Lookup {
  Lookup() : done_fd(::eventfd(0, EFD_CLOEXEC)) {}
  ~Lookup() { ::close(done_fd); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  int done_fd;  // written after the fields below
  int problem = 0;
  std::vector<SocketAddress> addresses;
};

void look_up(const std::string& host, uint16_t port, int flags, Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  lookup.problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  for (const addrinfo* it = found; it != nullptr; it = it->ai_next) {
    SocketAddress address{};
    std::memcpy(&address.storage, it->ai_addr, it->ai_addrlen);
    address.size = it->ai_addrlen;
    lookup.addresses.push_back(address);
  }
  if (found != nullptr) ::freeaddrinfo(found);
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const std::string& host, uint16_t port, int64_t timeout_ms,
                                           const StopSignal& stop) {
  auto lookup = std::make_shared<Lookup>();
  look_up(host, port, AI_NUMERICHOST, *lookup);  // never blocks
  if (lookup->problem != 0) {
    lookup->addresses.clear();
    try {
      std::thread([lookup, host, port] {
        look_up(host, port, 0, *lookup);
        const uint64_t one = 1;
        (void)!::write(lookup->done_fd, &one, sizeof one);
      }).detach();
    } catch (const std::system_error& problem) {
      return Error(ErrorCode::kUnavailable, "cannot look up '" + host + "': " + problem.what());
    }
    if (Status waited = wait_for(lookup->done_fd, POLLIN, timeout_ms, stop); !waited.ok())
      return waited.error().prefixed("looking up '" + host + "'");
    if (lookup->problem != 0)
      return Error(ErrorCode::kUnavailable,
                   "the name '" + host + "' is not known (" + ::gai_strerror(lookup->problem) + ")");
  }
  if (lookup->addresses.empty()) return Error(ErrorCode::kUnavailable, "'" + host + "' has no address");
  return std::move(lookup->addresses);
}

Endpoint endpoint_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  Endpoint endpoint;
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    endpoint.port = ntohs(v6.sin6_port);
  } else if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    endpoint.port = ntohs(v4.sin_port);
  } else {
    endpoint.kind = Endpoint::Kind::kUnix;
  }
  endpoint.host = text;
  return endpoint;
}

}  // namespace holdfast::journal
