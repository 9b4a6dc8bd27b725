#include "base/endpoint.h"

#include <arpa/inet.h>

#include <charconv>

namespace holdfast {

Result<Endpoint> Endpoint::parse(std::string_view text) {
  Endpoint endpoint;
  if (text.starts_with("unix:")) {
    text.remove_prefix(5);
    if (text.empty() || text.front() != '/')
      return Error(ErrorCode::kInvalid,
                   "a unix socket needs an absolute path, as in unix:/run/holdfast.sock");
    endpoint.kind = Kind::kUnix;
    endpoint.path = text;
    return endpoint;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return Error(ErrorCode::kInvalid,
                 "'" + std::string(text) + "' is not an address; write host:port or unix:/path");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Error(ErrorCode::kInvalid,
                 "'" + std::string(text) + "': an IPv6 address needs brackets, as in [::1]:6380");
  }
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (problem != std::errc() || end != port.data() + port.size())
    return Error(ErrorCode::kInvalid,
                 "'" + std::string(text) + "': the port must be a number from 0 to 65535");
  endpoint.host = host;
  return endpoint;
}

std::string Endpoint::to_string() const {
  if (kind == Kind::kUnix) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// By address, not by spelling: a name such as 127.example.org may lead anywhere.
bool Endpoint::is_loopback_or_unix() const {
  if (kind == Kind::kUnix || host == "localhost" || host == "::1") return true;
  in_addr v4{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

}  // namespace holdfast
