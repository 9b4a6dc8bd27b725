#include "tests/integration/stack.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

HoldfastConfig in_front_of(const RedisServer& redis, HoldfastConfig config) {
  if (config.upstream_url.empty()) config.upstream_url = url_of(redis);
  return config;
}

}  // namespace

std::string url_of(const RedisServer& redis) {
  return "redis://127.0.0.1:" + std::to_string(redis.port());
}

Holdfast::Holdfast(const RedisServer& redis, HoldfastConfig config, Until until)
    : HoldfastProcess(HOLDFAST_PROGRAM, in_front_of(redis, std::move(config)), until) {}

Holdfast::Holdfast(HoldfastConfig config, Until until)
    : HoldfastProcess(HOLDFAST_PROGRAM, std::move(config), until) {}

bool is_error(const std::string& reply, const std::string& code) {
  return reply.starts_with("-" + code + " holdfast: ");
}

bool wait_reply(RedisClient& client, const std::vector<std::string>& command, const std::string& reply) {
  std::string last;
  const bool came = wait_until([&] { return (last = client.command(command)) == reply; });
  EXPECT_TRUE(came) << command[0] << " still answers " << last;
  return came;
}

bool wait_writable(RedisClient& client) {
  return wait_reply(client, {"SET", "written-to-see-if-it-works", "1"}, "OK");
}

}  // namespace holdfast::testing
