#include "tests/posture/posture_fixture.h"

#include <gtest/gtest.h>

namespace holdfast::posture {

Facts facts_of(const testing::RedisServer& redis, const std::string& user, const std::string& password) {
  config::Upstream upstream;
  upstream.endpoint.value.host = "127.0.0.1";
  upstream.endpoint.value.port = static_cast<uint16_t>(redis.port());
  upstream.user = user;
  upstream.password = password;
  const journal::StopSignal stop;
  auto asker = RedisAsker::connect(upstream, nullptr, stop);
  EXPECT_TRUE(asker.ok()) << (asker.ok() ? "" : asker.error().message());
  if (!asker.ok()) return {};
  auto facts = collect(*asker.value(), "holdfast-journal");
  EXPECT_TRUE(facts.ok()) << (facts.ok() ? "" : facts.error().message());
  return facts.ok() ? facts.value() : Facts{};
}

Check check_of(std::string_view name, const Facts& facts, const Limits& limits) {
  const Rule* rule = find_rule(name);
  EXPECT_NE(rule, nullptr) << name;
  return rule == nullptr ? Check{} : rule->check(facts, limits);
}

}  // namespace holdfast::posture
