// reads = "durable": nobody sees a write that a crash could still take back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/integration/hanging_disk.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DurableReads : public ::testing::Test {
 protected:
  void stall() { disk_.stall(); }
  void go_on() { disk_.go_on(); }

  HangingDisk disk_;
  TempDir dir_;
};

// So many replies are kept back by Holdfast.
bool wait_held(Stack& stack, double replies) {
  return wait_until(
      [&] { return stack.holdfast.metric("holdfast_held_replies{upstream=\"main\"}") == replies; });
}

TEST_F(DurableReads, WaitUntilWhatTheySawIsOnDisk) {
  Stack stack({.environment = "reads = \"durable\"\n"});
  RedisClient direct(stack.redis.port());
  RawClient reader(stack.holdfast.port());
  RawClient other(stack.holdfast.port());
  EXPECT_EQ(reader.command({"GET", "k"}), "$-1\r\n");

  stall();
  direct.command({"SET", "k", "unsynced"});
  direct.command({"RPUSH", "l", "a"});
  reader.send("GET k\r\n");
  other.send(
      "*3\r\n$7\r\nEVAL_RO\r\n$32\r\nreturn redis.call('GET', 'k')   \r\n$1\r\n0\r\nLLEN l\r\n"
      "MULTI\r\nGET k\r\nEXEC\r\nXREAD BLOCK 1 STREAMS s 0\r\nPING\r\n");
  // Redis has run them all.
  ASSERT_TRUE(wait_until([&] { return direct.info("commandstats", "cmdstat_xread") != ""; }));
  ASSERT_TRUE(wait_until([&] { return direct.info("commandstats", "cmdstat_get") != ""; }));
  // GET; EVAL_RO, LLEN, EXEC, XREAD.
  EXPECT_TRUE(wait_held(stack, 5));
  go_on();
  EXPECT_EQ(reader.read_reply(), "$8\r\nunsynced\r\n");
  EXPECT_EQ(other.read_reply(), "$8\r\nunsynced\r\n");
  EXPECT_EQ(other.read_reply(), ":1\r\n");
  EXPECT_EQ(other.read_reply(), "+OK\r\n");
  EXPECT_EQ(other.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(other.read_reply(), "*1\r\n$8\r\nunsynced\r\n");
  EXPECT_EQ(other.read_reply(), "*-1\r\n");
  EXPECT_EQ(other.read_reply(), "+PONG\r\n");
}

TEST_F(DurableReads, WhatWasNeverConfirmedIsNeverShown) {
  Stack stack({.environment = "reads = \"durable\"\nack_timeout = \"200ms\"\n"});
  RedisClient direct(stack.redis.port());
  RawClient reader(stack.holdfast.port());
  EXPECT_EQ(reader.command({"SET", "k", "synced"}), "+OK\r\n");
  stall();
  direct.command({"SET", "k", "unsynced"});
  EXPECT_EQ(reader.command({"GET", "k"}), "-UNCERTAIN holdfast: what was read is not confirmed durable\r\n");
  reader.send("GET k\r\n");
  stack.redis.kill();
  // By whether it had reached Redis.
  EXPECT_THAT(reader.read_reply(),
              AnyOf(StartsWith("-UNCERTAIN holdfast: "), StartsWith("-LOADING holdfast: ")));
  stack.holdfast.kill();
  go_on();
}

TEST_F(DurableReads, NothingUnderWayNothingToWaitFor) {
  // Redis's own PINGs to its replicas would be something.
  Stack stack({.environment = "reads = \"durable\"\n"}, {"--repl-ping-replica-period", "3600"});
  RawClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "k", "v"}), "+OK\r\n");
  stall();
  EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
  go_on();
}

TEST_F(DurableReads, AreRefusedWhileTheJournalCannotTell) {
  write_file(dir_.file("file"), "");
  RedisServer redis;
  Holdfast holdfast(redis, {.journal_dir = dir_.file("file/journal"), .environment = "reads = \"durable\"\n"},
                    HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem(dir_.file("file/journal")));
  RawClient client(holdfast.port());
  std::string reply;
  ASSERT_TRUE(wait_until([&] {
    reply = client.command({"GET", "k"});
    return !reply.starts_with("-MASTERDOWN") && !reply.starts_with("-LOADING");
  }));
  EXPECT_THAT(reply,
              StartsWith("-MISCONF holdfast: the read was not sent to Redis, since what it sees could not "
                         "be known to be durable: "));
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
}

// Whoever writes, and past Holdfast too.
TEST_F(DurableReads, WhatWasSeenIsInARestoreAfterBothWereKilled) {
  Stack stack({.environment = "reads = \"durable\"\n"});
  std::atomic<bool> stopping = false;
  std::thread writer([&] {
    RedisClient direct(stack.redis.port());
    while (!stopping && direct.connected()) {
      for (int i = 0; i < 16; ++i) direct.append({"INCR", "n"});
      for (int i = 0; i < 16; ++i) direct.next_reply();
    }
  });
  std::atomic<int> seen = 0;
  std::atomic<int> reads = 0;
  std::thread reader([&] {
    RedisClient client(stack.holdfast.port());
    while (client.connected()) {
      const std::string reply = client.command({"GET", "n"});
      if (reply.find_first_not_of("0123456789") != std::string::npos) continue;
      seen = std::max(seen.load(), std::stoi(reply));
      ++reads;
    }
  });
  EXPECT_TRUE(wait_until([&] { return reads > 500 && seen > 500; }));
  stack.holdfast.kill();
  stack.redis.kill();
  stopping = true;
  writer.join();
  reader.join();
  Restored restored(stack.holdfast);
  EXPECT_GE(std::stoi(restored.client().command({"GET", "n"})), seen.load());
}

// durability = "async": a write whose reply tells what is in Redis is a read as well.
TEST_F(DurableReads, AWriteThatTellsWhatIsThereWaitsToo) {
  Stack stack({.environment = "reads = \"durable\"\ndurability = \"async\"\n"});
  RawClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "n", "1"}), "+OK\r\n");
  stall();
  EXPECT_EQ(client.command({"SET", "n", "2"}), "+OK\r\n");
  EXPECT_EQ(client.command({"MSET", "n", "3"}), "+OK\r\n");
  RawClient other(stack.holdfast.port());
  client.send("INCR n\r\n");
  other.send("SET n 7 GET\r\n");
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.command({"GET", "n"}) == "7"; }));
  EXPECT_TRUE(wait_held(stack, 2));
  go_on();
  EXPECT_THAT(client.read_reply(), ::testing::AnyOf(":4\r\n", ":8\r\n"));
  EXPECT_THAT(other.read_reply(), StartsWith("$1\r\n"));
}

}  // namespace
}  // namespace holdfast::testing
