// From a host name to addresses, without a wait that a stop could not end.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

struct SocketAddress {
  sockaddr_storage storage;
  socklen_t size;
};

// In the order of getaddrinfo(3); never empty. Called on the journal thread. A name is looked up on a
// helper thread, because getaddrinfo cannot be interrupted; it may outlive the call and owns what it uses.
Result<std::vector<SocketAddress>> resolve(const std::string& host, uint16_t port, int64_t timeout_ms,
                                           const StopSignal& stop);

// Address and port in numbers; of a unix socket only the kind.
Endpoint endpoint_of(const sockaddr_storage& address);

}  // namespace holdfast::journal
