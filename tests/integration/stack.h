// What nearly every test here begins with: a redis-server and the real holdfast program in front of it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/holdfast_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace holdfast::testing {

std::string url_of(const RedisServer& redis);

// Holdfast in front of `redis`, ready unless `until` says otherwise.
class Holdfast : public HoldfastProcess {
 public:
  explicit Holdfast(const RedisServer& redis, HoldfastConfig config = {}, Until until = Until::kReady);
  // In front of config.upstream_url.
  explicit Holdfast(HoldfastConfig config, Until until = Until::kStarted);
};

struct Stack {
  explicit Stack(HoldfastConfig config = {}, std::vector<std::string> redis_arguments = {})
      : redis(std::move(redis_arguments)), holdfast(redis, std::move(config)) {}

  RedisServer redis;
  Holdfast holdfast;
};

// Holdfast's own errors, without the details behind the code.
bool is_error(const std::string& reply, const std::string& code);

// Until the client's answer to this command is `reply`.
bool wait_reply(RedisClient& client, const std::vector<std::string>& command, const std::string& reply);
// Until a SET through this client is acknowledged again.
bool wait_writable(RedisClient& client);

}  // namespace holdfast::testing
