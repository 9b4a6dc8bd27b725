// Redis goes away and comes back: what clients are told meanwhile, and that they go on by themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

// Saves its data on SIGTERM, with its replication id and offset.
const std::vector<std::string> kSavingRedis = {"--save", "3600 1"};

double allowed(Holdfast& holdfast, const std::string& command) {
  return holdfast.metric("holdfast_requests_total{environment=\"default\",command=\"" + command +
                         "\",verdict=\"allowed\"}");
}

TEST(UpstreamLoss, RequestsInFlightAreUncertainAndLaterOnesAreNotSent) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  kill(stack.redis.pid(), SIGSTOP);
  client.append({"SET", "key", "2"});
  client.append({"GET", "key"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] { return allowed(stack.holdfast, "get") == 1; }));
  stack.redis.kill();
  EXPECT_TRUE(is_error(client.next_reply(), "UNCERTAIN"));
  EXPECT_TRUE(is_error(client.next_reply(), "UNCERTAIN"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "3"}), "MASTERDOWN"));
  EXPECT_TRUE(is_error(client.command({"GET", "key"}), "MASTERDOWN"));
  EXPECT_EQ(client.command({"CLIENT", "GETNAME"}), "(nil)");
  EXPECT_TRUE(stack.holdfast.wait_problem("not connected"));
}

TEST(UpstreamLoss, ABlockedClientIsToldThatItsRequestMayHaveRun) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  client.append({"BLPOP", "queue", "0"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.context(), &done), REDIS_OK);
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  stack.redis.kill();
  EXPECT_TRUE(is_error(client.next_reply(), "UNCERTAIN"));
  EXPECT_TRUE(is_error(client.command({"BLPOP", "queue", "0"}), "MASTERDOWN"));
  EXPECT_TRUE(is_error(client.command({"MULTI"}), "MASTERDOWN"));
  EXPECT_TRUE(is_error(client.command({"SCRIPT", "KILL"}), "MASTERDOWN"));
}

// As with Redis, its state is gone with the connection that held it.
TEST(UpstreamLoss, AnOpenTransactionEndsWithItsConnection) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  stack.redis.kill();
  const std::string reply = client.command({"EXEC"});
  EXPECT_TRUE(reply.starts_with("(connection lost") || reply.starts_with("-")) << reply;
}

TEST(UpstreamLoss, ARedisThatSavesAndComesBackGoesOnByPartialResync) {
  Stack stack({}, kSavingRedis);
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"INCR", "n"}), std::to_string(i + 1));
  stack.redis.stop();
  ASSERT_TRUE(stack.holdfast.wait_problem("not connected"));
  EXPECT_TRUE(is_error(client.command({"GET", "n"}), "MASTERDOWN"));
  stack.redis.start();
  // The same connection: an application that keeps its pool needs to do nothing.
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"INCR", "n"}), "101");
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 1);
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_partial_resyncs_total{upstream=\"main\"}"), 1);
  Restored restored(stack.holdfast);
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(UpstreamLoss, RedisAndHoldfastMayBothRestart) {
  Stack stack({}, kSavingRedis);
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  stack.redis.stop();
  stack.holdfast.kill();
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("not connected"));
  RedisClient early(stack.holdfast.port());
  ASSERT_TRUE(is_error(early.command({"GET", "key"}), "MASTERDOWN"));
  stack.redis.start();
  ASSERT_TRUE(wait_reply(early, {"GET", "key"}, "1"));
  ASSERT_TRUE(wait_writable(early));
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 0);
}

TEST(UpstreamLoss, ARedisThatCutsItsClientsIsReconnected) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  RedisClient direct(stack.redis.port());
  for (int i = 0; i < 10; ++i) {
    direct.command({"CLIENT", "KILL", "TYPE", "normal"});
    ASSERT_TRUE(wait_reply(client, {"PING"}, "PONG"));
    ASSERT_TRUE(wait_writable(client));
  }
}

TEST(UpstreamLoss, AnIdleClientOutlivesARestart) {
  Stack stack({}, kSavingRedis);
  RedisClient idle(stack.holdfast.port());
  EXPECT_EQ(idle.command({"SELECT", "6"}), "OK");
  EXPECT_EQ(idle.command({"SET", "key", "in 6"}), "OK");
  stack.redis.stop();
  ASSERT_TRUE(stack.holdfast.wait_problem("not connected"));
  stack.redis.start();
  ASSERT_TRUE(stack.holdfast.wait_ready());
  ASSERT_TRUE(wait_reply(idle, {"GET", "key"}, "in 6"));
}

}  // namespace
}  // namespace holdfast::testing
