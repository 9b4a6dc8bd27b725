// The promise: what was acknowledged is in the restored copy, whatever was killed, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kWriters = 6;
constexpr int kPipeline = 50;

TEST(Durability, RedisKilledInTheMiddleOfALoadLosesNoAcknowledgedWrite) {
  Stack stack({.server = "workers = 2\n"});
  Load load(stack.holdfast.port(), kWriters, kPipeline);
  ASSERT_TRUE(load.wait_acknowledged(20'000));
  stack.redis.kill();
  ASSERT_TRUE(stack.holdfast.wait_problem("not connected"));
  load.stop();
  load.join();
  EXPECT_GE(load.acknowledged(), 20'000u);
  EXPECT_EQ(stack.holdfast.stop(), 0);

  Restored restored(stack.holdfast);
  EXPECT_EQ(load.missing_in(restored.client()), 0) << stack.holdfast.log();
}

// What comes while Redis works on a batch waits for the answer to its barrier and leaves as one.
TEST(Durability, WritesThatComeWhileRedisIsBusyReachItTogether) {
  constexpr int kOthers = 8;
  Stack stack;
  const std::string barriers = "holdfast_upstream_barriers_total{upstream=\"main\"}";
  RawClient first(stack.holdfast.port()), last(stack.holdfast.port());
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < kOthers; ++i) {
    others.push_back(std::make_unique<RawClient>(stack.holdfast.port()));
    ASSERT_EQ(others.back()->command({"PING"}), "+PONG\r\n");
  }
  ASSERT_EQ(first.command({"SET", "first", "0"}), "+OK\r\n");
  const auto before = stack.holdfast.metric(barriers);
  ::kill(stack.redis.pid(), SIGSTOP);
  ASSERT_TRUE(first.send("SET first 1\r\n"));
  EXPECT_TRUE(wait_until([&] { return stack.holdfast.metric(barriers) == before + 1; }));
  for (const auto& other : others) {
    EXPECT_TRUE(other->send("SET other 1\r\nGET other\r\n"));
    // Answered by Holdfast, and behind what had come before.
    EXPECT_EQ(last.command({"HOLDFAST", "HELP"}).substr(0, 1), "*");
  }
  EXPECT_EQ(stack.holdfast.metric(barriers), before + 1);
  ::kill(stack.redis.pid(), SIGCONT);
  EXPECT_EQ(first.read_reply(), "+OK\r\n");
  for (const auto& other : others) {
    EXPECT_EQ(other->read_reply(), "+OK\r\n");
    EXPECT_EQ(other->read_reply(), "$1\r\n1\r\n");
  }
  EXPECT_EQ(stack.holdfast.metric(barriers), before + 2);
}

TEST(Durability, RestoreWorksBesideARunningHoldfastWhoseRedisIsDead) {
  Stack stack;
  Load load(stack.holdfast.port(), 2, kPipeline);
  ASSERT_TRUE(load.wait_acknowledged(2'000));
  stack.redis.kill();
  ASSERT_TRUE(stack.holdfast.wait_problem("not connected"));
  load.stop();
  load.join();
  Restored restored(stack.holdfast);
  EXPECT_EQ(load.missing_in(restored.client()), 0);
}

TEST(Durability, HoldfastKilledInTheMiddleOfALoadLosesNothingAndGoesOn) {
  Stack stack({}, {"--repl-backlog-size", "256mb"});
  for (int round = 0; round < 3; ++round) {
    Load load(stack.holdfast.port(), kWriters, kPipeline);
    ASSERT_TRUE(load.wait_acknowledged(5'000));
    stack.holdfast.kill();
    load.join();
    {
      Restored at_the_kill(stack.holdfast);
      EXPECT_EQ(load.missing_in(at_the_kill.client()), 0);
    }
    stack.holdfast.start();
    EXPECT_EQ(stack.holdfast.metric("holdfast_journal_partial_resyncs_total{upstream=\"main\"}"), 1);
    EXPECT_EQ(stack.holdfast.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 0);
    RedisClient after(stack.holdfast.port());
    EXPECT_EQ(after.command({"SET", "round", std::to_string(round)}), "OK");
    EXPECT_EQ(load.missing_in(after), 0);
  }
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  RedisClient live(stack.redis.port());
  EXPECT_EQ(digest(restored.client()), digest(live));
}

TEST(Durability, WritersThatBypassTheProxyAreJournaledToo) {
  Stack stack;
  RedisClient direct(stack.redis.port());
  RedisClient through(stack.holdfast.port());
  direct.command({"SELECT", "5"});
  direct.command({"RPUSH", "list", "a", "b", "c"});
  EXPECT_EQ(through.command({"SET", "key", "1"}), "OK");
  direct.command({"LPOP", "list"});
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
  restored.client().command({"SELECT", "5"});
  EXPECT_EQ(restored.client().command({"LRANGE", "list", "0", "-1"}), "[b, c]");
}

TEST(Durability, DataFromBeforeHoldfastAreInTheCopy) {
  RedisServer redis;
  RedisClient direct(redis.port());
  for (int i = 0; i < 10'000; ++i) direct.append({"SET", "old:" + std::to_string(i), std::string(100, 'x')});
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(direct.next_reply(), "OK");
  Holdfast holdfast(redis);
  RedisClient through(holdfast.port());
  EXPECT_EQ(through.command({"SET", "new", "1"}), "OK");
  redis.kill();
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"DBSIZE"}), "10001");
  EXPECT_EQ(restored.client().command({"GET", "new"}), "1");
}

// What a replay of the requests would get wrong.
TEST(Durability, ScriptsChanceAndTimeAreRestoredAsTheyHappened) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) client.command({"SADD", "set", std::to_string(i)});
  for (int i = 0; i < 50; ++i) client.command({"SPOP", "set"});
  client.command({"SET", "session", "x", "EX", "3600"});
  client.command({"SET", "gone", "x", "PX", "1"});
  client.command({"XADD", "stream", "*", "f", "v"});
  client.command(
      {"EVAL", "redis.call('SET','t',redis.call('TIME')[2]) redis.call('RPUSH','l',math.random())", "0"});
  client.command({"RPUSH", "queue", "a", "b"});
  client.command({"BLPOP", "queue", "0"});
  client.send("MULTI\r\nINCR n\r\nINCR n\r\nEXEC\r\n");
  for (int i = 0; i < 4; ++i) client.read_reply();
  client.command({"SELECT", "3"});
  client.command({"HSET", "h", "f", "v"});
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.command({"EXISTS", "gone"}) == "0"; }));
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
  EXPECT_EQ(restored.client().command({"PEXPIRETIME", "session"}),
            direct.command({"PEXPIRETIME", "session"}));
}

// Each of these is killed for right after its acknowledgement.
TEST(Durability, AcknowledgedScriptsAndTransactionsSurviveTheKill) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"EVAL", "return redis.call('SET',KEYS[1],'1')", "1", "by-script"}), "+OK\r\n");
  client.send("MULTI\r\nSET by-exec 1\r\nEXEC\r\n");
  client.read_reply();
  client.read_reply();
  EXPECT_EQ(client.read_reply(), "*1\r\n+OK\r\n");
  stack.redis.kill();
  Restored restored(stack.holdfast);
  EXPECT_EQ(restored.client().command({"GET", "by-script"}), "1");
  EXPECT_EQ(restored.client().command({"GET", "by-exec"}), "1");
}

TEST(Durability, ARoundTripThroughManySegmentsIsExact) {
  Stack stack({.journal = "segment_size = \"1MiB\"\n"});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 5'000; ++i)
    client.append({"SET", "key:" + std::to_string(i), std::string(2000, static_cast<char>('a' + i % 26))});
  for (int i = 0; i < 5'000; ++i) ASSERT_EQ(client.next_reply(), "OK");
  std::filesystem::directory_iterator files(stack.holdfast.journal_dir());
  EXPECT_GE(std::distance(begin(files), end(files)), 10);
  Restored restored(stack.holdfast);
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(Durability, NoneAndAsyncWritesAreJournaledAllTheSame) {
  for (const char* durability : {"none", "async"}) {
    Stack stack({.environment = "durability = \"" + std::string(durability) + "\"\n"});
    RedisClient client(stack.holdfast.port());
    for (int i = 0; i < 1000; ++i) client.append({"INCR", "n"});
    for (int i = 1; i <= 1000; ++i) ASSERT_EQ(client.next_reply(), std::to_string(i));
    ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
    EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_barriers_total{upstream=\"main\"}"), 0);
    Restored restored(stack.holdfast);
    EXPECT_EQ(restored.client().command({"GET", "n"}), "1000");
  }
}

TEST(Durability, WithoutAJournalNothingNeedsOne) {
  Stack stack({.journal = "enabled = false\n", .environment = "durability = \"none\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.info("replication", "connected_slaves"), "0");
}

TEST(Durability, RestoreSaysWhatIsWrongWithItsArguments) {
  TempDir dir;
  std::string output;
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "restore", "--journal", dir.file("none"), "--to", "latest",
                         "--out", dir.file("out")},
                        output),
            2);
  EXPECT_THAT(output, HasSubstr(dir.file("none")));
  output.clear();
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "restore", "--journal", dir.path(), "--to", "someday", "--out",
                         dir.file("out")},
                        output),
            2);
  EXPECT_THAT(output, HasSubstr("'someday' is no moment"));
}

}  // namespace
}  // namespace holdfast::testing
