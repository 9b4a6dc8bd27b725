// Keyspaces on a real Redis: what is refused never reaches it, and a write waits for what its keys ask for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string keyspace(const std::string& lines) {
  return "[[environment.default.keyspace]]\n" + lines;
}

const std::string kOrders = keyspace("name = \"orders\"\nkeys = [\"order:*\"]\nttl = \"forbid\"\n");

TEST(Keyspaces, WhatBreaksARuleIsRefusedInItsPlaceAndNeverReachesRedis) {
  Stack stack({.environment = kOrders});
  RawClient client(stack.holdfast.port());
  client.send(
      "SET order:1 a\r\nEXPIRE order:1 10\r\nSET order:1 b EX 10\r\nSET other c EX 10\r\nTTL order:1\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(),
            "-NOPERM holdfast: 'EXPIRE' on key 'order:1' (a TTL is forbidden) is blocked in environment "
            "'default' (rule 'orders')\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast: 'SET' on key 'order:1'"));
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), ":-1\r\n");
  EXPECT_EQ(client.command({"GET", "order:1"}), "$1\r\na\r\n");
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.info("commandstats", "cmdstat_expire"), "");
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"expire\",verdict=\"refused\"}"),
            1);
}

TEST(Keyspaces, InsideMultiARefusalAbortsAndAnOwedTtlIsSettledOrExecAborts) {
  Stack stack(
      {.environment = kOrders + keyspace("name = \"sessions\"\nkeys = [\"s:*\"]\nttl = \"require\"\n")});
  RawClient client(stack.holdfast.port());
  const auto run = [&](const std::vector<std::string>& commands) {
    std::vector<std::string> replies;
    for (const std::string& command : commands) client.send(command + "\r\n");
    for (size_t i = 0; i < commands.size(); ++i) replies.push_back(client.read_reply());
    return replies;
  };
  EXPECT_THAT(run({"MULTI", "SET order:1 a", "EXPIRE order:1 5", "EXEC", "EXISTS order:1"}),
              ::testing::ElementsAre("+OK\r\n", "+QUEUED\r\n", StartsWith("-NOPERM"),
                                     StartsWith("-EXECABORT"), ":0\r\n"));
  EXPECT_THAT(run({"HSET s:1 f v"}), ::testing::ElementsAre(StartsWith("-NOPERM")));
  EXPECT_THAT(
      run({"MULTI", "HSET s:1 f v", "EXEC", "EXISTS s:1"}),
      ::testing::ElementsAre("+OK\r\n", "+QUEUED\r\n",
                             "-EXECABORT Transaction discarded because of: NOPERM holdfast: 'EXEC' on "
                             "key 's:1' (a TTL is required) is blocked in environment 'default' (rule "
                             "'sessions')\r\n",
                             ":0\r\n"));
  EXPECT_THAT(
      run({"MULTI", "HSET s:1 f v", "EXPIRE s:1 100", "EXEC", "TTL s:1"}),
      ::testing::ElementsAre("+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*2\r\n:1\r\n:1\r\n", ":100\r\n"));
}

TEST(Keyspaces, RequestsLargerThanTheBufferAreJudgedToo) {
  Stack stack({.environment = keyspace(
                   "name = \"small\"\nkeys = [\"s:*\"]\nmax_value = \"1MiB\"\nttl = \"require\"\n")});
  RedisClient client(stack.holdfast.port());
  const std::string fits(1024 * 1024, 'x');
  const std::string large(3 * 1024 * 1024, 'y');
  EXPECT_EQ(client.command({"SET", "s:1", fits, "EX", "100"}), "OK");
  EXPECT_THAT(client.command({"SET", "s:1", fits}), HasSubstr("a TTL is required"));
  EXPECT_THAT(client.command({"SET", "s:1", large, "EX", "100"}), HasSubstr("a value has at most 1MiB"));
  EXPECT_EQ(client.command({"GET", "s:1"}), fits);
  EXPECT_EQ(client.command({"SET", "other", large}), "OK");
  EXPECT_EQ(client.command({"STRLEN", "other"}), std::to_string(large.size()));
  EXPECT_EQ(client.command({"MSET", "a", large, "b", fits}), "OK");
  EXPECT_EQ(client.command({"GET", "b"}), fits);
  // Order within a pipeline, and inside MULTI.
  client.append({"INCR", "n"});
  client.append({"SET", "other", large});
  client.append({"INCR", "n"});
  client.append({"SET", "s:2", large, "EX", "1"});
  client.append({"INCR", "n"});
  EXPECT_EQ(client.next_reply(), "1");
  EXPECT_EQ(client.next_reply(), "OK");
  EXPECT_EQ(client.next_reply(), "2");
  EXPECT_THAT(client.next_reply(), HasSubstr("NOPERM"));
  EXPECT_EQ(client.next_reply(), "3");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", fits}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[OK]");
  EXPECT_EQ(client.command({"GET", "other"}), fits);
  EXPECT_THAT(client.command({"SET", "other", std::string(65 * 1024 * 1024, 'z')}),
              HasSubstr("send at most 64 MiB in one command"));
  EXPECT_EQ(client.command({"INCR", "n"}), "4");
}

TEST(Keyspaces, DurabilityGoesByTheStrictestKey) {
  Stack stack({.environment = "durability = \"none\"\n" +
                              keyspace("name = \"orders\"\nkeys = [\"order:*\"]\ndurability = \"sync\"\n") +
                              keyspace("name = \"events\"\nkeys = [\"event:*\"]\ndurability = \"async\"\n")});
  RedisClient client(stack.holdfast.port());
  const auto barriers = [&] {
    return stack.holdfast.metric("holdfast_upstream_barriers_total{upstream=\"main\"}");
  };
  const auto waits = [&](const std::vector<std::string>& command) {
    const double before = barriers();
    const std::string reply = client.command(command);
    EXPECT_FALSE(is_error(reply, "MISCONF")) << reply;
    return barriers() > before;
  };
  EXPECT_FALSE(waits({"SET", "cache:1", "v"}));
  EXPECT_FALSE(waits({"SET", "event:1", "v"}));
  EXPECT_TRUE(waits({"SET", "order:1", "v"}));
  EXPECT_TRUE(waits({"MSET", "cache:1", "v", "order:1", "v"}));
  EXPECT_FALSE(waits({"GET", "order:1"}));
  EXPECT_TRUE(waits({"PFADD", "order:hll", "v"}));
  EXPECT_TRUE(waits({"PFCOUNT", "order:hll"}));
  EXPECT_TRUE(waits({"GETEX", "order:1"}));
  EXPECT_TRUE(waits({"DEL", "order:never"}));  // changes nothing, and still waits for its offset only
  EXPECT_TRUE(waits({"SORT", "order:list", "STORE", "cache:2"}));
  EXPECT_FALSE(waits({"SORT", "cache:list", "STORE", "cache:2"}));
  EXPECT_TRUE(waits({"EVAL", "return redis.call('SET', 'order:1', 'w')", "0"}));
  EXPECT_TRUE(
      waits({"FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)"}));
  EXPECT_TRUE(waits({"FCALL", "f", "0"}));
  client.command({"MULTI"});
  client.command({"SET", "cache:1", "v"});
  EXPECT_FALSE(waits({"EXEC"}));
  client.command({"MULTI"});
  client.command({"SET", "cache:1", "v"});
  client.command({"SET", "order:1", "v"});
  EXPECT_TRUE(waits({"EXEC"}));
}

TEST(Keyspaces, WithoutAJournalOnlyWhatNeedsItIsRefused) {
  TempDir dir;
  write_file(dir.file("file"), "");
  RedisServer redis;
  Holdfast holdfast(
      redis,
      {.journal_dir = dir.file("file/journal"),
       .environment = "durability = \"none\"\n" +
                      keyspace("name = \"orders\"\nkeys = [\"order:*\"]\ndurability = \"sync\"\n") +
                      keyspace("name = \"events\"\nkeys = [\"event:*\"]\ndurability = \"async\"\n")},
      HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem(dir.file("file/journal")));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"SET", "cache:1", "v"}, "OK"));
  EXPECT_TRUE(is_error(client.command({"SET", "order:1", "v"}), "MISCONF"));
  EXPECT_TRUE(is_error(client.command({"SET", "event:1", "v"}), "MISCONF"));
  EXPECT_TRUE(is_error(client.command({"MSET", "cache:1", "v", "event:1", "v"}), "MISCONF"));
  EXPECT_TRUE(is_error(client.command({"EVAL", "return 1", "0"}), "MISCONF"));
  EXPECT_EQ(client.command({"GET", "order:1"}), "(nil)");
}

TEST(Keyspaces, ACriticalOneRefusesToRunOnARedisThatMayEvict) {
  Stack stack(
      {.environment =
           keyspace("name = \"orders\"\nkeys = [\"order:*\"]\ncritical = true\n") +
           keyspace("name = \"kept\"\nkeys = [\"kept:*\"]\ncritical = true\nttl = \"forbid\"\n") +
           keyspace("name = \"told\"\nkeys = [\"told:*\"]\ncritical = true\non_evictable = \"warn\"\n")});
  RedisClient client(stack.holdfast.port());
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(client.command({"SET", "order:1", "v"}), "OK");
  direct.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  ASSERT_TRUE(stack.holdfast.wait_problem(
      "may evict keys of the critical keyspaces 'orders' of environment 'default'"));
  EXPECT_THAT(
      client.command({"SET", "order:1", "w"}),
      HasSubstr("MISCONF holdfast: 'SET' on key 'order:1' was not sent to Redis, which may evict keys of "
                "the critical keyspace 'orders': its maxmemory-policy is allkeys-lru"));
  EXPECT_TRUE(is_error(client.command({"SET", "kept:1", "w"}), "MISCONF"));
  EXPECT_EQ(client.command({"SET", "told:1", "w"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", "w"}), "OK");
  EXPECT_EQ(client.command({"GET", "order:1"}), "v");
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("'told' of environment 'default', which only warn"));

  // What may not have a TTL is safe from the volatile policies.
  direct.command({"CONFIG", "SET", "maxmemory-policy", "volatile-ttl"});
  ASSERT_TRUE(wait_reply(client, {"SET", "kept:1", "w"}, "OK"));
  EXPECT_TRUE(is_error(client.command({"SET", "order:1", "w"}), "MISCONF"));
  direct.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_TRUE(wait_reply(client, {"SET", "order:1", "w"}, "OK"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

TEST(Keyspaces, ACriticalOneIsSafeFromTheFirstRequestOn) {
  RedisServer redis({"--maxmemory-policy", "volatile-lru"});
  Holdfast holdfast(redis,
                    {.environment = keyspace("name = \"orders\"\nkeys = [\"order:*\"]\ncritical = true\n")},
                    HoldfastProcess::Until::kStarted);
  RedisClient client(holdfast.port());
  std::string reply;
  ASSERT_TRUE(wait_until([&] {
    reply = client.command({"SET", "order:1", "v"});
    return !is_error(reply, "MASTERDOWN") && !is_error(reply, "LOADING");
  }));
  EXPECT_TRUE(is_error(reply, "MISCONF")) << reply;
  RedisClient direct(redis.port());
  EXPECT_EQ(direct.command({"EXISTS", "order:1"}), "0");
}

TEST(Keyspaces, AuditCountsAndLetsThrough) {
  Stack stack({.environment = keyspace(
                   "name = \"orders\"\nkeys = [\"order:*\"]\nttl = \"forbid\"\nmode = \"audit\"\n")});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "order:1", "v", "EX", "100"}), "OK");
  EXPECT_EQ(client.command({"TTL", "order:1"}), "100");
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"observed\"}"),
            1);
}

}  // namespace
}  // namespace holdfast::testing
