// Where something listens or can be reached: "host:port", "[::1]:port" or "unix:/path".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast {

struct Endpoint {
  enum class Kind { kTcp, kUnix };

  Kind kind = Kind::kTcp;
  std::string host;   // kTcp: name or address, without brackets
  uint16_t port = 0;  // kTcp: 0 means "any free port" for a listener
  std::string path;   // kUnix

  // Accepts "host:port", "[v6]:port" and "unix:/path"; the error says which of them is wrong and how.
  static Result<Endpoint> parse(std::string_view text);

  std::string to_string() const;
  bool is_loopback_or_unix() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace holdfast
