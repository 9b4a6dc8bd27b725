// The configuration that the doctor proposes is one that Holdfast takes, whatever the keys are called.
#include "posture/proposed_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace holdfast::posture {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

config::Upstream upstream_at(const std::string& host, uint16_t port) {
  config::Upstream upstream;
  upstream.endpoint.value.host = host;
  upstream.endpoint.value.port = port;
  return upstream;
}

config::Config taken(const std::string& text) {
  const config::LoadResult result = config::load_text(text, "proposed.toml");
  EXPECT_TRUE(result.config) << text << ::testing::PrintToString(result.problems.lines());
  return result.config ? *result.config : config::defaults();
}

KeyGroups some_keys(std::initializer_list<SampledKey> list) {
  KeyGroups keys;
  for (const SampledKey& key : list) keys.add(key);
  return keys;
}

TEST(ProposedConfig, WithoutKeysItIsAWholeOne) {
  const config::Config config = taken(proposed_config(upstream_at("10.0.0.7", 6379), "", KeyGroups()));
  EXPECT_EQ(config.upstreams[0].endpoint.value.to_string(), "10.0.0.7:6379");
  EXPECT_EQ(config.environments[0].mode, config::Mode::kAudit);
  EXPECT_TRUE(config.environments[0].keyspaces.empty());
}

TEST(ProposedConfig, KeepsWhateverAKeyIsCalled) {
  KeyGroups keys;
  for (const char* name : {"plain",
                           "with \"quotes\":1",
                           "back\\slash:2",
                           "tab\there:3",
                           "new\nline:4",
                           "caf\xc3\xa9:5",
                           "\xff\xfe",
                           "star*:6",
                           "[x]:7",
                           "#:8",
                           "'",
                           "{tag}:9",
                           ":::",
                           "a:b:c:d:e",
                           "",
                           "\x7f",
                           "1",
                           "42:1",
                           "-",
                           "--:1"})
    keys.add({name, "hash", -1, 100, 1});
  const config::Config config = taken(proposed_config(upstream_at("::1", 6379), "", keys));
  EXPECT_EQ(config.environments[0].keyspaces.size(), 20u);
  EXPECT_EQ(config.upstreams[0].endpoint.value.to_string(), "[::1]:6379");
}

TEST(ProposedConfig, ValuesMayBeAsLargeAsRedisTakesThem) {
  const KeyGroups keys = some_keys({{"blob:1", "string", -1, 400 << 20, 1}});
  EXPECT_EQ(
      taken(proposed_config(upstream_at("h", 1), "", keys)).environments[0].keyspaces[0].max_value_bytes,
      512u << 20);
}

TEST(ProposedConfig, WhatIsInsideOfAnotherPatternComesFirst) {
  KeyGroups keys;
  for (int i = 0; i < 9; ++i) keys.add({"order:" + std::to_string(i), "hash", -1, 100, 1});
  keys.add({"order:item:1", "list", -1, 100, 1});
  const config::Config config = taken(proposed_config(upstream_at("h", 1), "", keys));
  const auto& spaces = config.environments[0].keyspaces;
  ASSERT_EQ(spaces.size(), 2u);
  EXPECT_EQ(spaces[0].keys[0].value, "order:item:*");
  EXPECT_EQ(spaces[1].keys[0].value, "order:*");
}

TEST(ProposedConfig, DoesNotListenWhereThatRedisDoes) {
  const std::string text = proposed_config(upstream_at("127.0.0.1", 6380), "", KeyGroups());
  EXPECT_EQ(taken(text).environments[0].listen[0].value.port, 6381);
}

TEST(ProposedConfig, NamesWhereThePasswordIsAndNeverWhatItIs) {
  config::Upstream upstream = upstream_at("redis.example", 6379);
  upstream.user = "app@shop";
  upstream.password = "hunter2";
  const std::string without = proposed_config(upstream, "", KeyGroups());
  taken(without);
  EXPECT_THAT(without, HasSubstr("# password_file = "));
  const std::string with = proposed_config(upstream, "/run/secrets/redis", KeyGroups());
  for (const std::string& text : {with, without}) EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(with, HasSubstr("url = \"redis://app%40shop@redis.example:6379\"\n"
                              "password_file = \"/run/secrets/redis\"\n"));
}

TEST(ProposedConfig, ReachesItAsTheDoctorDid) {
  config::Upstream upstream = upstream_at("redis.example", 6390);
  upstream.tls = config::TlsFiles{"/etc/ca.pem", "/etc/client.pem", "/etc/client.key", "", {}};
  const config::Config config = taken(proposed_config(upstream, "", KeyGroups()));
  ASSERT_TRUE(config.upstreams[0].tls);
  EXPECT_EQ(config.upstreams[0].tls->ca, "/etc/ca.pem");
  EXPECT_EQ(config.upstreams[0].tls->key, "/etc/client.key");
  config::Upstream local;
  local.endpoint.value.kind = Endpoint::Kind::kUnix;
  local.endpoint.value.path = "/run/redis.sock";
  EXPECT_EQ(taken(proposed_config(local, "", KeyGroups())).upstreams[0].endpoint.value.path,
            "/run/redis.sock");
}

}  // namespace
}  // namespace holdfast::posture
