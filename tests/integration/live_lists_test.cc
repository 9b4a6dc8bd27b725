// What the proxy leaves for people to read: refusals with their rule, slow requests with where their time
// went, and the keys that are asked for most.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/integration/stack.h"
#include "tests/integration/stalling_relay.h"
#include "tests/support/http_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string status(const HoldfastProcess& holdfast) {
  const auto reply = http_get(static_cast<uint16_t>(holdfast.admin_port()), "/status");
  return reply ? reply->body : "";
}

// The list of that name in /status.
std::string list(const HoldfastProcess& holdfast, const std::string& name) {
  const std::string all = status(holdfast);
  const size_t begin = all.find("\"" + name + "\":[");
  if (begin == std::string::npos) return "";
  return all.substr(begin, all.find(']', begin) - begin);
}

std::string refusals(const std::string& rule, const std::string& reason, const std::string& verdict) {
  return "holdfast_refusals_total{environment=\"default\",rule=\"" + rule + "\",reason=\"" + reason +
         "\",verdict=\"" + verdict + "\"}";
}

const std::vector<std::string> kDebug = {"--enable-debug-command", "yes"};

TEST(Refusals, AreCountedByRuleAndReasonAndShownWithoutArguments) {
  Stack stack({.environment = "[[environment.default.limit]]\nname = 'short'\ncommands = ['set']\n"
                              "max_value = '8B'\n"
                              "[[environment.default.keyspace]]\nname = 'orders'\nkeys = ['order:*']\n"
                              "ttl = 'forbid'\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"FLUSHALL"});
  client.command({"FLUSHALL", "ASYNC"});
  client.command({"NOSUCH", "secret-word"});
  client.command({"SET", "key", "secret-value"});
  client.command({"SET", "order:1", "x", "EX", "10"});
  EXPECT_EQ(stack.holdfast.metric(refusals("@builtin", "command", "refused")), 2);
  EXPECT_EQ(stack.holdfast.metric(refusals("unknown_commands", "unknown-command", "refused")), 1);
  EXPECT_EQ(stack.holdfast.metric(refusals("short", "limit", "refused")), 1);
  EXPECT_EQ(stack.holdfast.metric(refusals("orders", "keyspace", "refused")), 1);
  const std::string shown = list(stack.holdfast, "refusals");
  EXPECT_THAT(shown, AllOf(HasSubstr("\"command\":\"FLUSHALL\",\"rule\":\"@builtin\",\"reason\":\"command\","
                                     "\"observed\":false"),
                           HasSubstr("\"command\":\"NOSUCH\""), HasSubstr("\"rule\":\"short\""),
                           HasSubstr("\"rule\":\"orders\""), HasSubstr("\"client\":\"127.0.0.1:")));
  EXPECT_THAT(shown, Not(HasSubstr("secret")));
}

// Without an audit log, too.
TEST(Refusals, AuditModeShowsWhatItLetsThrough) {
  Stack stack({.environment = "mode = 'audit'\n"});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.command({"DBSIZE"}), "0");
  EXPECT_EQ(client.command({"KEYS", "*"}), "[]");
  EXPECT_EQ(stack.holdfast.metric(refusals("@builtin", "command", "observed")), 1);
  EXPECT_THAT(
      list(stack.holdfast, "refusals"),
      HasSubstr("\"command\":\"KEYS\",\"rule\":\"@builtin\",\"reason\":\"command\",\"observed\":true"));
}

TEST(Refusals, OfUsersAreOneRule) {
  Stack stack({.environment = "auth = 'users'\n"
                              "[environment.default.user.default]\nacl = 'nopass +@read ~a:*'\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"SET", "a:1", "x"});
  client.command({"GET", "b:1"});
  EXPECT_EQ(stack.holdfast.metric(refusals("acl", "acl", "refused")), 2);
  EXPECT_THAT(list(stack.holdfast, "refusals"), HasSubstr("\"rule\":\"user default\""));
}

TEST(Refusals, WritesThatCannotBeMadeDurable) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  stack.redis.kill();
  ASSERT_TRUE(wait_until([&] { return is_error(client.command({"GET", "key"}), "MASTERDOWN"); }));
  EXPECT_GE(stack.holdfast.metric(refusals("upstream", "upstream", "unavailable")), 1);
}

TEST(SlowRequests, AreKeptWithWhereTheirTimeWent) {
  Stack stack({.environment = "allow = ['debug']\n"}, kDebug);
  RedisClient client(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  client.command({"SET", "key", "secret"});
  // In one write: whose replies come is as slow as the one before it.
  client.append({"DEBUG", "SLEEP", "0.05"});
  client.append({"GET", "behind:it"});
  client.next_reply();
  EXPECT_EQ(client.next_reply(), "(nil)");
  const std::string shown = list(stack.holdfast, "slow");
  EXPECT_THAT(shown, AllOf(HasSubstr("\"command\":\"DEBUG\",\"key\":\"\""),
                           HasSubstr("\"command\":\"GET\",\"key\":\"behind:it\""),
                           HasSubstr("\"environment\":\"default\""), HasSubstr("\"redis_seconds\":0.0")));
  EXPECT_THAT(shown, Not(HasSubstr("secret")));
  EXPECT_GE(stack.holdfast.metric("holdfast_slow_requests_total{environment=\"default\"}"), 2);
}

TEST(SlowRequests, AWriteThatWaitedForTheDisk) {
  RedisServer redis(kDebug);
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port()),
                     .server = "slow_log_threshold = '40ms'\n"},
                    Holdfast::Until::kReady);
  RedisClient writer(holdfast.port());
  RedisClient reader(holdfast.port());
  relay.stall_replication(true);
  writer.append({"HSET", "cart:7", "item", "secret"});
  int done = 0;
  while (done == 0) ASSERT_EQ(redisBufferWrite(writer.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] { return holdfast.metric("holdfast_held_replies{upstream=\"main\"}") == 1; }));
  // Others go on meanwhile, and what they send does not push it out.
  for (int i = 0; i < 1'000; ++i) reader.command({"GET", "key"});
  RedisClient(redis.port()).command({"DEBUG", "SLEEP", "0.05"});
  relay.stall_replication(false);
  EXPECT_EQ(writer.next_reply(), "1");
  const std::string shown = list(holdfast, "slow");
  EXPECT_THAT(shown, AllOf(HasSubstr("\"command\":\"HSET\",\"key\":\"cart:7\""), Not(HasSubstr("secret"))));
  const size_t entry = shown.find("\"command\":\"HSET\"");
  EXPECT_GT(std::stod(shown.substr(shown.find("\"durable_seconds\":", entry) + 18)), 0.04) << shown;
  EXPECT_LT(std::stod(shown.substr(shown.find("\"redis_seconds\":", entry) + 16)), 0.04) << shown;
}

TEST(SlowRequests, WaitingOnPurposeIsNotSlow) {
  Stack stack({.server = "slow_log_threshold = '20ms'\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"BLPOP", "nobody", "0.05"});
  client.command({"WAIT", "9", "50"});
  client.command({"XREAD", "BLOCK", "50", "STREAMS", "nothing", "$"});
  client.command({"GET", "key"});
  EXPECT_EQ(list(stack.holdfast, "slow"), "\"slow\":[");
  EXPECT_EQ(stack.holdfast.metric("holdfast_slow_requests_total{environment=\"default\"}"), 0);
}

TEST(SlowRequests, TheThresholdIsTakenOverByAReload) {
  Stack stack({.server = "slow_log_threshold = '0s'\n", .environment = "allow = ['debug']\n"}, kDebug);
  RedisClient client(stack.holdfast.port());
  client.command({"DEBUG", "SLEEP", "0.05"});
  EXPECT_EQ(list(stack.holdfast, "slow"), "\"slow\":[");
  stack.holdfast.config().server = "slow_log_threshold = '20ms'\n";
  stack.holdfast.write_config();
  stack.holdfast.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] {
    client.command({"DEBUG", "SLEEP", "0.03"});
    return list(stack.holdfast, "slow").find("\"command\":\"DEBUG\"") != std::string::npos;
  }));
}

TEST(SlowRequests, EveryPlaceInAPipelineHasItsOwnName) {
  Stack stack(
      {.server = "slow_log_threshold = '20ms'\n", .environment = "allow = ['debug']\ndurability = 'none'\n"},
      kDebug);
  RedisClient client(stack.holdfast.port());
  client.append({"SET", "first", "1"});
  client.append({"DEBUG", "SLEEP", "0.05"});
  client.append({"FLUSHALL"});  // refused: nothing is sent for it
  client.append({"LPUSH", "second", "2"});
  for (int i = 0; i < 4; ++i) client.next_reply();
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  client.command({"DEBUG", "SLEEP", "0.05"});
  client.command({"EXEC"});
  client.command({"GET", "x"});
  const std::string shown = list(stack.holdfast, "slow");
  EXPECT_THAT(shown, AllOf(HasSubstr("\"command\":\"LPUSH\",\"key\":\"second\""),
                           HasSubstr("\"command\":\"EXEC\",\"key\":\"\""), Not(HasSubstr("(not kept)"))));
}

TEST(LatencySplit, ThePartsAddUp) {
  Stack stack({.environment = "allow = ['debug']\n"}, kDebug);
  RedisClient client(stack.holdfast.port());
  client.command({"DEBUG", "SLEEP", "0.05"});
  for (int i = 0; i < 50; ++i) client.command({"SET", "key", "1"});
  const auto sum = [&](const std::string& name) {
    return stack.holdfast.metric(name + "_sum{environment=\"default\"}");
  };
  const auto count = [&](const std::string& name) {
    return stack.holdfast.metric(name + "_count{environment=\"default\"}");
  };
  ASSERT_TRUE(wait_until([&] { return count("holdfast_request_in_redis_duration_seconds") == 51; }));
  EXPECT_EQ(count("holdfast_request_in_holdfast_duration_seconds"), 51);
  EXPECT_GT(sum("holdfast_request_in_redis_duration_seconds"), 0.05);
  EXPECT_GT(sum("holdfast_request_in_holdfast_duration_seconds"), 0);
  EXPECT_GT(stack.holdfast.metric("holdfast_loop_turn_duration_seconds_count{worker=\"0\"}"), 50);
  EXPECT_NEAR(sum("holdfast_request_duration_seconds"),
              sum("holdfast_request_in_redis_duration_seconds") +
                  sum("holdfast_request_in_holdfast_duration_seconds") + sum("holdfast_durable_wait_seconds"),
              1e-5);
}

TEST(HotKeys, AreFoundByASample) {
  Stack stack({.environment = "durability = 'none'\n"});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 4'000; ++i) client.append({"GET", i % 2 == 0 ? "hot" : "cold:" + std::to_string(i)});
  for (int i = 0; i < 4'000; ++i) client.next_reply();
  const std::string shown = list(stack.holdfast, "hot_keys");
  // Every 128th request is looked at, and here those are all of one kind.
  EXPECT_THAT(shown, HasSubstr("\"samples\":"));
  for (int i = 0; i < 4'001; ++i) client.append({"GET", "hot"});
  for (int i = 0; i < 4'001; ++i) client.next_reply();
  EXPECT_THAT(list(stack.holdfast, "hot_keys"), HasSubstr("\"hot_keys\":[{\"key\":\"hot\",\"samples\":"));
}

}  // namespace
}  // namespace holdfast::testing
