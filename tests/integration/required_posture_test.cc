// `require` in [upstream.<name>.posture]: writes are refused while Redis is not what it has to be, and only
// then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/http_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Until = HoldfastProcess::Until;

constexpr const char* kRefusing = "holdfast_posture_writes_refused{upstream=\"main\"}";

HoldfastConfig requiring(const std::string& rules, const std::string& environment = "") {
  HoldfastConfig config;
  config.upstream = "posture = { require = [" + rules + "], poll_interval = \"200ms\" }\n";
  config.environment = environment;
  return config;
}

// Until a SET is answered with this.
bool wait_set(RedisClient& client, const std::string& text) {
  std::string last;
  const bool came = wait_until([&] {
    last = client.command({"SET", "key", "value"});
    return last.find(text) != std::string::npos;
  });
  EXPECT_TRUE(came) << "SET still answers " << last;
  return came;
}

std::string status_of(const Holdfast& holdfast) {
  const auto reply = http_get(static_cast<uint16_t>(holdfast.admin_port()), "/status");
  return reply ? reply->body : "";
}

TEST(RequiredPosture, WritesAreRefusedWhileARuleIsNotMetAndTakenAgainWhenItIs) {
  const RedisServer redis({"--maxmemory-policy", "allkeys-lru", "--appendonly", "yes"});
  RedisClient direct(redis.port());
  direct.command({"SET", "there", "before"});
  Holdfast holdfast(redis, requiring("\"noeviction\", \"aof\""), Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("does not meet the rule 'noeviction'"));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "there"}, "before"));
  EXPECT_THAT(client.command({"SET", "key", "value"}),
              AllOf(StartsWith("-MISCONF holdfast: "), HasSubstr("upstream 'main'"),
                    HasSubstr("'noeviction'"), HasSubstr("maxmemory-policy is allkeys-lru"),
                    HasSubstr("set `maxmemory-policy noeviction`"), Not(HasSubstr("'aof'"))));
  EXPECT_EQ(direct.command({"EXISTS", "key"}), "0");
  EXPECT_EQ(holdfast.metric(kRefusing), 1);
  EXPECT_GE(
      holdfast.metric("holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"refused\"}"),
      1);
  EXPECT_THAT(status_of(holdfast), HasSubstr("\"writes_refused\":{\"rule\":\"noeviction\""));
  EXPECT_THAT(holdfast.log(),
              HasSubstr("writes through upstream 'main' are refused: upstream 'main' does not"));

  direct.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_TRUE(wait_reply(client, {"SET", "key", "value"}, "OK"));
  ASSERT_TRUE(holdfast.wait_ready());
  EXPECT_EQ(holdfast.metric(kRefusing), 0);
  EXPECT_THAT(status_of(holdfast), HasSubstr("\"writes_refused\":null"));
  EXPECT_TRUE(holdfast.wait_log("writes through upstream 'main' are taken: every rule of require is met"));

  direct.command({"CONFIG", "SET", "appendonly", "no"});
  ASSERT_TRUE(wait_set(client, "does not meet the rule 'aof'"));
  direct.command({"CONFIG", "SET", "maxmemory-policy", "volatile-lru"});
  ASSERT_TRUE(wait_set(client, "besides, these are not met: 'aof'"));
  EXPECT_EQ(client.command({"GET", "key"}), "value");
}

TEST(RequiredPosture, WhateverWritesIsRefusedAndWhateverReadsGoesOn) {
  const RedisServer redis({"--maxmemory-policy", "allkeys-lru"});
  Holdfast holdfast(redis,
                    requiring("\"noeviction\"",
                              "[[environment.default.keyspace]]\nname = \"orders\"\nkeys = [\"order:*\"]\n"
                              "type = \"string\"\n"),
                    Until::kStarted);
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_set(client, "'noeviction'"));
  const std::string large(1 << 20, 'x');
  const std::vector<std::vector<std::string>> writes = {{"SET", "order:1", "looked at"},
                                                        {"SET", "large", large},
                                                        {"SET", "order:2", large},
                                                        {"INCR", "n"},
                                                        {"EVAL", "return redis.call('SET', 'key', '1')", "0"},
                                                        {"XADD", "stream", "*", "a", "b"},
                                                        {"BLPOP", "list", "0"},
                                                        {"EXPIRE", "key", "10"}};
  for (const auto& write : writes)
    EXPECT_THAT(client.command(write), AllOf(StartsWith("-MISCONF holdfast: "), HasSubstr("'noeviction'")))
        << write[0];
  for (const auto& [read, answer] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"GET", "order:1"}, "(nil)"},
           {{"EXISTS", "large"}, "0"},
           {{"PING"}, "PONG"},
           {{"EVAL_RO", "return 7", "0"}, "7"},
           {{"PUBLISH", "channel", "message"}, "0"}})
    EXPECT_EQ(client.command(read), answer) << read[0];
  // What the policy refuses anyway keeps its own words.
  EXPECT_THAT(client.command({"FLUSHALL"}), StartsWith("-NOPERM"));

  // A transaction of reads runs; one with a write does not.
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"GET", "n"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[(nil)]");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_THAT(client.command({"INCR", "n"}), StartsWith("-MISCONF"));
  EXPECT_THAT(client.command({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_EQ(RedisClient(redis.port()).command({"DBSIZE"}), "0");
}

TEST(RequiredPosture, WhatWasQueuedBeforeDoesNotRunAfterwards) {
  for (const char* durability : {"durability = \"sync\"\n", "durability = \"none\"\n"}) {
    const RedisServer redis;
    Holdfast holdfast(redis, requiring("\"noeviction\"", durability));
    RedisClient client(holdfast.port());
    RedisClient reader(holdfast.port());
    for (RedisClient* one : {&client, &reader}) EXPECT_EQ(one->command({"MULTI"}), "OK");
    EXPECT_EQ(client.command({"INCR", "n"}), "QUEUED");
    EXPECT_EQ(reader.command({"GET", "n"}), "QUEUED");
    RedisClient direct(redis.port());
    direct.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-random"});
    ASSERT_TRUE(holdfast.wait_problem("'noeviction'"));
    EXPECT_THAT(client.command({"EXEC"}),
                AllOf(StartsWith("-EXECABORT Transaction discarded because of: MISCONF holdfast: "),
                      HasSubstr("'noeviction'")));
    EXPECT_EQ(reader.command({"EXEC"}), "[(nil)]");
    EXPECT_EQ(direct.command({"EXISTS", "n"}), "0");
    direct.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    ASSERT_TRUE(wait_reply(client, {"SET", "key", "value"}, "OK"));
  }
}

TEST(RequiredPosture, UntilTheFirstAnswerNobodyKnowsAndNothingIsWritten) {
  RedisServer redis;
  redis.stop();
  Holdfast holdfast(redis, requiring("\"noeviction\""), Until::kStarted);
  RedisClient client(holdfast.port());
  EXPECT_THAT(
      client.command({"SET", "key", "value"}),
      AllOf(StartsWith("-MISCONF holdfast: "), HasSubstr("nobody knows yet"), HasSubstr("'noeviction'")));
  EXPECT_THAT(client.command({"GET", "key"}), StartsWith("-MASTERDOWN holdfast: "));
  ASSERT_TRUE(holdfast.wait_problem("nobody knows yet whether upstream 'main' meets 'noeviction'"));
  EXPECT_EQ(holdfast.metric(kRefusing), 1);
  redis.start();
  ASSERT_TRUE(holdfast.wait_ready());
  EXPECT_EQ(client.command({"SET", "key", "value"}), "OK");
}

TEST(RequiredPosture, WhatCannotBeKnownIsNotMet) {
  const RedisServer redis({"--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config", "-acl"});
  Holdfast holdfast(redis, requiring("\"protected-mode\""), Until::kStarted);
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_set(client, "may not meet the rule 'protected-mode'"));
  EXPECT_THAT(client.command({"SET", "key", "value"}), HasSubstr("CONFIG GET and ACL"));
}

TEST(RequiredPosture, OfARedisThatIsAwayTheLastAnswerHoldsAndTheNextOneIsAskedAtOnce) {
  RedisServer redis({"--maxmemory-policy", "noeviction"});
  HoldfastConfig config = requiring("\"noeviction\"");
  // Nobody looks by the clock: only because the connection has ended.
  config.upstream = "posture = { require = [\"noeviction\"], poll_interval = \"1d\" }\n";
  Holdfast holdfast(redis, config);
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "value"}), "OK");
  redis.kill();
  ASSERT_TRUE(holdfast.wait_problem("is not connected"));
  ASSERT_TRUE(wait_set(client, "-MASTERDOWN"));
  ASSERT_TRUE(
      wait_until([&] { return holdfast.ready_page().find("cannot be asked now") != std::string::npos; }));
  EXPECT_EQ(holdfast.metric(kRefusing), 0);
  redis.arguments() = {"--maxmemory-policy", "allkeys-lru"};
  redis.start();
  ASSERT_TRUE(wait_set(client, "does not meet the rule 'noeviction'"));
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "value"));
}

TEST(RequiredPosture, InAuditModeItIsOnlyReported) {
  const RedisServer redis({"--maxmemory-policy", "allkeys-lru"});
  Holdfast holdfast(redis, requiring("\"noeviction\"", "mode = \"audit\"\n"), Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("does not meet the rule 'noeviction'"));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"SET", "key", "value"}, "OK"));
  EXPECT_GE(holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"observed\"}"),
            1);
}

TEST(RequiredPosture, UsersKeepTheirRights) {
  const RedisServer redis({"--maxmemory-policy", "allkeys-lru"});
  HoldfastConfig config = requiring("\"noeviction\"");
  config.environment =
      "auth = \"users\"\n"
      "[environment.default.user.app]\nacl = \"on +@all ~app:* nopass\"\n"
      "[environment.default.user.reader]\nacl = \"on +@read ~* nopass\"\n";
  Holdfast holdfast(redis, config, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("does not meet the rule 'noeviction'"));
  RedisClient client(holdfast.port());
  EXPECT_THAT(client.command({"SET", "app:1", "value"}), StartsWith("-NOAUTH"));
  ASSERT_EQ(client.command({"AUTH", "app", "x"}), "OK");
  EXPECT_THAT(client.command({"SET", "app:1", "value"}), StartsWith("-MISCONF"));
  EXPECT_THAT(client.command({"SET", "other", "value"}), StartsWith("-NOPERM"));
  ASSERT_TRUE(wait_reply(client, {"GET", "app:1"}, "(nil)"));
  RedisClient reader(holdfast.port());
  ASSERT_EQ(reader.command({"AUTH", "reader", "x"}), "OK");
  EXPECT_THAT(reader.command({"SET", "app:1", "value"}), StartsWith("-NOPERM"));
  RedisClient(redis.port()).command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_TRUE(wait_reply(client, {"SET", "app:1", "value"}, "OK"));
}

TEST(RequiredPosture, AReloadChangesTheRules) {
  const RedisServer redis({"--maxmemory-policy", "allkeys-lru"});
  Holdfast holdfast(redis, {});
  RedisClient client(holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "value"}), "OK");
  holdfast.config().upstream = "posture = { require = [\"noeviction\"] }\n";
  holdfast.write_config();
  ASSERT_TRUE(wait_set(client, "does not meet the rule 'noeviction'"));
  EXPECT_TRUE(holdfast.wait_log("require of [upstream.main.posture] is new: \"noeviction\""));
  holdfast.config().upstream = "";
  holdfast.write_config();
  ASSERT_TRUE(wait_reply(client, {"SET", "key", "value"}, "OK"));
  EXPECT_TRUE(holdfast.wait_log("require names no rule any more"));
}

}  // namespace
}  // namespace holdfast::testing
