// The address of an upstream: redis://[user[:password]@]host[:port][/], the same with rediss:// for TLS, or
// unix://[user[:password]@]/path.
//
// User and password are percent-decoded. Errors never repeat any part of the text: it may hold a password.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "base/result.h"

namespace holdfast::config {

struct RedisUrl {
  bool tls = false;
  Endpoint endpoint;     // port 6379 unless the text says otherwise
  std::string user;      // empty: the default user
  std::string password;  // empty: none given
};

Result<RedisUrl> parse_redis_url(std::string_view text);

// A user or password as it is written into one.
std::string percent_encoded(std::string_view text);

}  // namespace holdfast::config
