// Commands that wait inside Redis: they must hold up nobody else, and lose nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

bool wait_blocked(RedisServer& redis, int clients) {
  RedisClient direct(redis.port());
  std::string now;
  const bool came = wait_until(
      [&] { return (now = direct.info("clients", "blocked_clients")) == std::to_string(clients); });
  EXPECT_TRUE(came) << "blocked clients: " << now;
  return came;
}

TEST(Blocking, BlpopEndsWithItsTimeout) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"BLPOP", "queue", "0.05"}), "(nil)");
  EXPECT_EQ(client.command({"PING"}), "PONG");
}

TEST(Blocking, BlpopIsWokenByAnotherClient) {
  Stack stack;
  RedisClient waiter(stack.holdfast.port());
  RedisClient worker(stack.holdfast.port());
  waiter.append({"BLPOP", "queue", "0"});
  waiter.append({"GET", "after"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(waiter.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_blocked(stack.redis, 1));
  EXPECT_EQ(worker.command({"SET", "after", "seen"}), "OK");
  EXPECT_EQ(worker.command({"RPUSH", "queue", "job"}), "1");
  EXPECT_EQ(waiter.next_reply(), "[queue, job]");
  EXPECT_EQ(waiter.next_reply(), "seen");
}

TEST(Blocking, WhatIsPipelinedBehindWaitsForItsTurn) {
  Stack stack;
  RawClient waiter(stack.holdfast.port());
  RedisClient worker(stack.holdfast.port());
  waiter.send("INCR n\r\nBLPOP queue 0\r\nINCR n\r\nBRPOP queue 0\r\nINCR n\r\nGET n\r\n");
  EXPECT_EQ(waiter.read_reply(), ":1\r\n");
  ASSERT_TRUE(wait_blocked(stack.redis, 1));
  EXPECT_EQ(worker.command({"INCR", "n"}), "2");
  EXPECT_EQ(worker.command({"RPUSH", "queue", "a"}), "1");
  EXPECT_EQ(waiter.read_reply(), "*2\r\n$5\r\nqueue\r\n$1\r\na\r\n");
  EXPECT_EQ(waiter.read_reply(), ":3\r\n");
  ASSERT_TRUE(wait_blocked(stack.redis, 1));
  EXPECT_EQ(worker.command({"RPUSH", "queue", "b"}), "1");
  EXPECT_EQ(waiter.read_reply(), "*2\r\n$5\r\nqueue\r\n$1\r\nb\r\n");
  EXPECT_EQ(waiter.read_reply(), ":4\r\n");
  EXPECT_EQ(waiter.read_reply(), "$1\r\n4\r\n");
}

TEST(Blocking, AClientThatGoesWhileItWaitsTakesNoElementWithIt) {
  Stack stack;
  for (const bool reset : {false, true}) {
    RawClient waiter(stack.holdfast.port());
    waiter.send("BLPOP queue 0\r\n");
    ASSERT_TRUE(wait_blocked(stack.redis, 1));
    if (reset)
      waiter.socket().reset();
    else
      waiter.socket().close();
    ASSERT_TRUE(wait_blocked(stack.redis, 0));
    RedisClient worker(stack.holdfast.port());
    EXPECT_EQ(worker.command({"RPUSH", "queue", "job"}), "1");
    EXPECT_EQ(worker.command({"LPOP", "queue"}), "job");
  }
}

// The client is gone before its BLPOP was even sent to Redis; nobody may be left waiting in its place.
TEST(Blocking, AClientThatSendsAndGoesAtOnceLeavesNobodyWaiting) {
  Stack stack;
  for (int i = 0; i < 50; ++i) {
    RawClient gone(stack.holdfast.port());
    gone.send("SET key 1\r\nGET key\r\nBLPOP queue 0\r\n");
    gone.socket().reset();
  }
  ASSERT_TRUE(
      wait_until([&] { return stack.holdfast.metric("holdfast_clients{environment=\"default\"}") == 0; }));
  // Redis may still have a BLPOP to read whose sender is gone, and read the end of its link only after the
  // element has come, as with any client of its own; but none of them may stay.
  RedisClient worker(stack.holdfast.port());
  EXPECT_TRUE(wait_until([&] {
    worker.command({"RPUSH", "queue", "job"});
    return worker.command({"LLEN", "queue"}) == "1";
  }));
  EXPECT_TRUE(wait_blocked(stack.redis, 0));
}

TEST(Blocking, XreadWaitsForNewEntries) {
  Stack stack;
  RawClient reader(stack.holdfast.port());
  RedisClient writer(stack.holdfast.port());
  reader.send("XREAD BLOCK 10 STREAMS s $\r\nXREAD BLOCK 0 COUNT 1 STREAMS s 0\r\nPING\r\n");
  EXPECT_EQ(reader.read_reply(), "*-1\r\n");
  ASSERT_TRUE(wait_blocked(stack.redis, 1));
  EXPECT_EQ(writer.command({"XADD", "s", "1-1", "f", "v"}), "1-1");
  EXPECT_EQ(reader.read_reply(),
            "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n");
  EXPECT_EQ(reader.read_reply(), "+PONG\r\n");
}

TEST(Blocking, XreadgroupDeliversEachEntryOnce) {
  Stack stack;
  RedisClient writer(stack.holdfast.port());
  EXPECT_EQ(writer.command({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"}), "OK");
  std::vector<std::unique_ptr<RawClient>> consumers;
  for (int i = 0; i < 5; ++i) {
    consumers.push_back(std::make_unique<RawClient>(stack.holdfast.port()));
    consumers.back()->send("XREADGROUP GROUP g c" + std::to_string(i) + " COUNT 1 BLOCK 0 STREAMS s >\r\n");
  }
  ASSERT_TRUE(wait_blocked(stack.redis, 5));
  for (int i = 1; i <= 5; ++i) writer.command({"XADD", "s", std::to_string(i) + "-1", "f", "v"});
  std::set<std::string> entries;
  for (auto& consumer : consumers) entries.insert(consumer->read_reply());
  EXPECT_EQ(entries.size(), 5u);
  EXPECT_EQ(writer.command({"XLEN", "s"}), "5");
}

TEST(Blocking, BlockingCommandsDoNotBlockInsideATransaction) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nBLPOP nothing 0\r\nEXEC\r\nPING\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(client.read_reply(), "*1\r\n*-1\r\n");
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
}

TEST(Blocking, TwoHundredWaitingClientsDoNotDisturbTheOthers) {
  Stack stack;
  std::vector<std::unique_ptr<RedisClient>> waiters;
  int done = 0;
  for (int i = 0; i < 200; ++i) {
    waiters.push_back(std::make_unique<RedisClient>(stack.holdfast.port()));
    waiters.back()->append({"BLPOP", "queue:" + std::to_string(i), "0"});
    ASSERT_EQ(redisBufferWrite(waiters.back()->context(), &done), REDIS_OK);
  }
  ASSERT_TRUE(wait_blocked(stack.redis, 200));
  EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_private_links{upstream=\"main\"}"), 200);
  RedisClient worker(stack.holdfast.port());
  for (int i = 0; i < 2000; ++i) worker.append({"INCR", "n"});
  for (int i = 1; i <= 2000; ++i) ASSERT_EQ(worker.next_reply(), std::to_string(i));
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(worker.command({"RPUSH", "queue:" + std::to_string(i), std::to_string(i)}), "1");
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_EQ(waiters[static_cast<size_t>(i)]->next_reply(), "[queue:" + n + ", " + n + "]");
  }
  EXPECT_TRUE(wait_until(
      [&] { return stack.holdfast.metric("holdfast_upstream_private_links{upstream=\"main\"}") == 0; }));
}

}  // namespace
}  // namespace holdfast::testing
