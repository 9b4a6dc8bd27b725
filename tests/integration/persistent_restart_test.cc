// A Redis with files of its own that restarts: what it has is compared with the journal, so that an ordinary
// restart needs nobody's hand and a lossy one says exactly what it lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kWithAof = {"--appendonly", "yes"};
constexpr const char* kNothingMissing =
    "holdfast_journal_recoveries_total{upstream=\"main\",outcome=\"nothing-missing\"}";

std::string run_holdfast(const Stack& stack, std::vector<std::string> arguments) {
  std::vector<std::string> command = {HOLDFAST_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--journal", stack.holdfast.journal_dir()});
  std::string output;
  EXPECT_EQ(run_program(command, output), 0) << output;
  return output;
}

// Of every type, in two databases, with all that is easily forgotten.
void write_everything(RedisClient& client) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  ASSERT_EQ(client.command({"SET", "expires", "1", "EX", "10000"}), "OK");
  ASSERT_EQ(client.command({"SET", "soon", "1", "PX", "1500"}), "OK");
  for (int i = 0; i < 1000; ++i) client.append({"HSET", "hash", "field:" + std::to_string(i), "1"});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.next_reply(), "1");
  ASSERT_EQ(client.command({"SADD", "set", "a", "b", "c"}), "3");
  ASSERT_EQ(client.command({"ZADD", "zset", "1.5", "a", "2", "b"}), "2");
  ASSERT_EQ(client.command({"XADD", "stream", "1-1", "a", "b"}), "1-1");
  ASSERT_EQ(client.command({"XGROUP", "CREATE", "stream", "group", "0"}), "OK");
  ASSERT_THAT(client.command({"XREADGROUP", "GROUP", "group", "me", "STREAMS", "stream", ">"}),
              HasSubstr("1-1"));
  ASSERT_EQ(client.command({"PFADD", "log", "a", "b"}), "1");
  ASSERT_EQ(client.command({"SELECT", "3"}), "OK");
  ASSERT_EQ(client.command({"RPUSH", "list", "a", "b"}), "2");
  ASSERT_EQ(client.command({"SELECT", "0"}), "OK");
}

TEST(PersistentRestart, AnAppendOnlyFileThatHasEverythingIsGoneOnWith) {
  Stack stack({.journal = "on_history_break = \"hold\"\n"}, kWithAof);
  RedisClient client(stack.holdfast.port());
  write_everything(client);
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"FUNCTION", "LOAD",
                              "#!lua name=one\nredis.register_function('one', function() return 1 end)"}),
              "one");
  }
  for (int generation = 2; generation <= 3; ++generation) {
    ASSERT_EQ(client.command({"INCR", "counter"}), std::to_string(generation - 1));
    stack.redis.kill();
    stack.redis.start();
    ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, std::to_string(generation - 1)))
        << stack.holdfast.log();
    ASSERT_TRUE(wait_writable(client));
    EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), generation);
    EXPECT_EQ(stack.holdfast.metric(kNothingMissing), generation - 1);
  }
  EXPECT_TRUE(stack.holdfast.wait_log("so nothing is missing"));
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
  // What was before can still be restored.
  TempDir out;
  EXPECT_THAT(run_holdfast(stack, {"restore", "--generation", "1", "--out", out.file("old")}),
              HasSubstr("everything up to offset"));
}

TEST(PersistentRestart, ASnapshotThatWasSavedOnTheWayDownGoesOnInTheSameGeneration) {
  Stack stack({.journal = "on_history_break = \"hold\"\n"}, {"--save", "3600", "1"});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 2; ++i) {
    write_everything(client);
    stack.redis.stop();
    stack.redis.start();
    ASSERT_TRUE(wait_reply(client, {"GET", "key:1"}, "1")) << stack.holdfast.ready_page();
    ASSERT_TRUE(wait_writable(client));
    ASSERT_EQ(client.command({"FLUSHDB"}).empty(), false);
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"FLUSHALL"}), "OK");
  }
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 1);
}

// Without a crash of the machine an append-only file loses nothing, so the loss is made here: the file as it
// was a moment before.
struct LossyStack : Stack {
  explicit LossyStack(const std::string& journal = "") : Stack({.journal = journal}, kWithAof) {
    RedisClient client(holdfast.port());
    write_everything(client);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.command({"INCR", "counter"}), std::to_string(i + 1));
    copy_tree(redis.dir() + "/appendonlydir", older.file("appendonlydir"));
    for (int i = 5; i < 8; ++i) EXPECT_EQ(client.command({"INCR", "counter"}), std::to_string(i + 1));
    EXPECT_EQ(client.command({"MULTI"}), "OK");
    EXPECT_EQ(client.command({"SET", "lost", "a value"}), "QUEUED");
    EXPECT_EQ(client.command({"DEL", "key:1"}), "QUEUED");
    EXPECT_EQ(client.command({"EXEC"}), "[OK, 1]");
    EXPECT_EQ(client.command({"PERSIST", "expires"}), "1");
    EXPECT_EQ(client.command({"SELECT", "3"}), "OK");
    EXPECT_EQ(client.command({"RPUSH", "list", "c"}), "3");
    restart();
  }
  void restart() {
    redis.kill();
    std::filesystem::remove_all(redis.dir() + "/appendonlydir");
    copy_tree(older.file("appendonlydir"), redis.dir() + "/appendonlydir");
    redis.start();
  }
  void expect_everything() {
    RedisClient client(holdfast.port());
    ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, "8")) << holdfast.log();
    EXPECT_EQ(client.command({"GET", "lost"}), "a value");
    EXPECT_EQ(client.command({"TTL", "expires"}), "-1");
    EXPECT_EQ(client.command({"EXISTS", "key:1"}), "0");
    EXPECT_EQ(client.command({"SELECT", "3"}), "OK");
    EXPECT_EQ(client.command({"LRANGE", "list", "0", "-1"}), "[a, b, c]");
    ASSERT_TRUE(wait_writable(client));
    ASSERT_TRUE(wait_journaled(holdfast, redis));
    Restored restored(holdfast);
    RedisClient direct(redis.port());
    // A key whose time has run out counts until it is removed.
    EXPECT_TRUE(wait_until([&] { return digest(restored.client()) == digest(direct); }));
  }
  TempDir older;
};

TEST(PersistentRestart, WhatAnAppendOnlyFileLostIsCountedListedAndGivenBackOnAWord) {
  LossyStack stack;
  ASSERT_TRUE(stack.holdfast.wait_problem("it lacks 7 operations on 5 keys")) << stack.holdfast.ready_page();
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(is_error(client.command({"GET", "counter"}), "LOADING"));
  EXPECT_THAT(run_holdfast(stack, {"journal", "lost"}),
              AllOf(HasSubstr("7 operations on 5 keys were missing in Redis"), HasSubstr("INCR counter"),
                    HasSubstr("SET lost \"a value\""), HasSubstr("PERSIST expires"), HasSubstr("open"),
                    Not(HasSubstr("SADD"))));
  run_holdfast(stack, {"recover"});
  stack.expect_everything();
  EXPECT_TRUE(stack.holdfast.wait_log("is kept as generation 2"));
  EXPECT_THAT(run_holdfast(stack, {"journal", "lost"}), HasSubstr("given-back at"));
  // They stay listed, with their times, when the generation has got a newer base.
  run_holdfast(stack, {"journal", "compact"});
  EXPECT_THAT(run_holdfast(stack, {"journal", "lost"}),
              ContainsRegex("20[0-9-]+T[0-9:.]+Z +[0-9]+ +0  SET lost \"a value\""));
  EXPECT_THAT(run_holdfast(stack, {"journal", "lost", "--json"}),
              AllOf(HasSubstr("\"time_ms\": 1"), HasSubstr("\"PERSIST\"")));
}

TEST(PersistentRestart, WhatWasLostIsRunAgainWithoutWipingAnything) {
  LossyStack stack;
  ASSERT_TRUE(stack.holdfast.wait_problem("holdfast recover --only-lost"));
  // Holdfast that starts anew finds the same again.
  stack.holdfast.kill();
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("it lacks 7 operations on 5 keys"));
  run_holdfast(stack, {"recover", "--only-lost"});
  stack.expect_everything();
  EXPECT_THAT(run_holdfast(stack, {"journal", "lost"}), HasSubstr("re-applied at"));
}

TEST(PersistentRestart, WithRecoverALossyRestartNeedsNoWord) {
  LossyStack stack("on_history_break = \"recover\"\n");
  stack.expect_everything();
}

// Its keys expire from its first moment on, which is a history of its own.
TEST(PersistentRestart, AnOldSnapshotWhoseKeysHaveExpiredGetsWhatItLacks) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  ASSERT_EQ(client.command({"SET", "short", "1", "PX", "300"}), "OK");
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SAVE"}), "OK");
  }
  for (int i = 100; i < 200; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  ASSERT_TRUE(wait_reply(client, {"EXISTS", "short"}, "0"));
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "200")) << stack.holdfast.log();
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

TEST(PersistentRestart, WhatIsNewerInItIsHeld) {
  Stack stack({}, kWithAof);
  RedisClient client(stack.holdfast.port());
  write_everything(client);
  stack.holdfast.kill();
  stack.redis.kill();
  stack.redis.start();
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SET", "newer", "1"}), "OK");
  }
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("writes are refused until you say what holds"));
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.command({"GET", "newer"}), "1");
}

// A redis-server that begins when the test lets it.
struct SlowServer {
  SlowServer() {
    write_file(dir.file("server"), "#!/bin/sh\nwhile [ ! -e '" + dir.file("go") +
                                       "' ]; do sleep 0.02; done\nexec redis-server \"$@\"\n");
    std::filesystem::permissions(dir.file("server"), std::filesystem::perms::owner_all);
  }
  std::string key() const { return "redis_server = \"" + dir.file("server") + "\"\n"; }
  void go() const { write_file(dir.file("go"), ""); }
  TempDir dir;
};

TEST(PersistentRestart, WhateverDiesWhileItIsComparedItEndsWell) {
  SlowServer slow;
  Stack stack({.journal = slow.key()}, kWithAof);
  RedisClient first(stack.holdfast.port());
  write_everything(first);
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(stack.holdfast.wait_problem("loading its snapshot"));
  stack.holdfast.kill();
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("loading its snapshot"));
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(wait_until([&] { return is_error(client.command({"GET", "key:1"}), "LOADING"); }));
  stack.redis.kill();
  stack.redis.start();
  slow.go();
  ASSERT_TRUE(wait_reply(client, {"GET", "key:1"}, "1")) << stack.holdfast.ready_page();
  ASSERT_TRUE(wait_writable(client));
  EXPECT_GE(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 2);
}

TEST(PersistentRestart, AWordEndsTheComparison) {
  SlowServer slow;
  Stack stack({.journal = slow.key()}, kWithAof);
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(stack.holdfast.wait_problem("loading its snapshot"));
  run_holdfast(stack, {"accept"});
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"GET", "key"}), "1");
}

TEST(PersistentRestart, WithoutARedisServerAtHandItIsHeldAndSaid) {
  Stack stack({.journal = "redis_server = \"no-such-redis-server\"\n"}, kWithAof);
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(stack.holdfast.wait_problem("no-such-redis-server"));
  EXPECT_THAT(stack.holdfast.ready_page(), HasSubstr("whether it has the same data could not be found out"));
}

}  // namespace
}  // namespace holdfast::testing
