// Starting when something is in the way, and ending without losing what is under way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using Until = HoldfastProcess::Until;

TEST(StartStop, APortInUseIsSaidAndHealsWhenItIsFree) {
  RedisServer redis;
  RedisServer squatter;
  const std::string address = "127.0.0.1:" + std::to_string(squatter.port());
  Holdfast holdfast(redis, {.listen = address}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem(address));
  EXPECT_THAT(holdfast.ready_page(), HasSubstr("another process has this port"));
  EXPECT_THAT(holdfast.log(), HasSubstr(address));
  squatter.stop();
  ASSERT_TRUE(holdfast.wait_ready());
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
}

TEST(StartStop, AnAdminPortInUseIsSaidAndHealsWhenItIsFree) {
  RedisServer redis;
  RedisServer squatter;
  const std::string address = "127.0.0.1:" + std::to_string(squatter.port());
  Holdfast holdfast(redis, {.admin = address}, Until::kSpawned);
  EXPECT_TRUE(holdfast.wait_log("server.admin"));
  EXPECT_THAT(holdfast.log(), HasSubstr("another process has this port"));
  RedisClient client(holdfast.port());
  EXPECT_TRUE(wait_writable(client));
  squatter.stop();
  EXPECT_TRUE(holdfast.wait_log("/readyz on http://" + address));
}

// What orchestrators and scripts rely on: after the first 200 no write is turned away.
TEST(StartStop, ReadyMeansThatWritesAreAcknowledged) {
  for (int i = 0; i < 10; ++i) {
    Stack stack({.server = "workers = 2\n"});
    RedisClient client(stack.holdfast.port());
    ASSERT_EQ(client.command({"SET", "key", "1"}), "OK") << "at start " << i;
  }
}

TEST(StartStop, AnUnreachableRedisIsSaidAndHealsWhenItComes) {
  RedisServer redis;
  redis.kill();
  Holdfast holdfast(redis, {}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("127.0.0.1:" + std::to_string(redis.port())));
  RedisClient client(holdfast.port());
  EXPECT_TRUE(is_error(client.command({"GET", "key"}), "MASTERDOWN"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "1"}), "MASTERDOWN"));
  EXPECT_TRUE(is_error(client.command({"FLUSHALL"}), "NOPERM"));
  redis.start();
  ASSERT_TRUE(wait_writable(client));
  EXPECT_TRUE(holdfast.wait_ready());
}

TEST(StartStop, SigtermFinishesWhatIsInFlightAndExitsWithZero) {
  Stack stack({.server = "drain_timeout = \"60s\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "before", "1"}), "OK");
  kill(stack.redis.pid(), SIGSTOP);
  client.append({"SET", "key", "1"});
  client.append({"INCR", "key"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(
               "holdfast_requests_total{environment=\"default\",command=\"incr\",verdict=\"allowed\"}") == 1;
  }));
  stack.holdfast.signal(SIGTERM);
  EXPECT_TRUE(stack.holdfast.wait_log("finishing what is in flight"));
  kill(stack.redis.pid(), SIGCONT);
  EXPECT_EQ(client.next_reply(), "OK");
  EXPECT_EQ(client.next_reply(), "2");
  // As long as it goes on asking it is served, for a second; then the process leaves all the same.
  EXPECT_TRUE(wait_until([&] { return client.command({"PING"}).starts_with("(connection lost"); }));
  EXPECT_EQ(stack.holdfast.wait_exit(), 0);
  stack.redis.kill();
  Restored restored(stack.holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "2");
}

TEST(StartStop, DrainTimeoutEndsTheWaitForARedisThatDoesNotAnswer) {
  Stack stack({.server = "drain_timeout = \"100ms\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "before", "1"}), "OK");
  kill(stack.redis.pid(), SIGSTOP);
  client.append({"GET", "before"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(
               "holdfast_requests_total{environment=\"default\",command=\"get\",verdict=\"allowed\"}") == 1;
  }));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  kill(stack.redis.pid(), SIGCONT);
}

TEST(StartStop, SigtermDoesNotWaitForIdleClients) {
  Stack stack({.server = "drain_timeout = \"1h\"\n"});
  RedisClient idle(stack.holdfast.port());
  EXPECT_EQ(idle.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(stack.holdfast.stop(), 0);
}

TEST(StartStop, DrainTimeoutEndsTheWaitForBlockedClients) {
  Stack stack({.server = "drain_timeout = \"50ms\"\n"});
  RawClient blocked(stack.holdfast.port());
  blocked.send("BLPOP queue 0\r\n");
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "0"; }));
}

TEST(StartStop, SigintEndsItToo) {
  Stack stack;
  stack.holdfast.signal(SIGINT);
  EXPECT_EQ(stack.holdfast.wait_exit(), 0);
}

TEST(StartStop, SigtermWorksWhileNothingElseDoes) {
  RedisServer redis;
  redis.kill();
  Holdfast holdfast(redis, {}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("not connected"));
  EXPECT_EQ(holdfast.stop(), 0);
}

TEST(StartStop, ARestartContinuesTheJournal) {
  Stack stack;
  for (int i = 1; i <= 3; ++i) {
    RedisClient client(stack.holdfast.port());
    EXPECT_EQ(client.command({"INCR", "n"}), std::to_string(i));
    EXPECT_EQ(stack.holdfast.stop(), 0);
    stack.holdfast.start();
    EXPECT_EQ(stack.holdfast.metric("holdfast_journal_partial_resyncs_total{upstream=\"main\"}"), 1);
  }
  Restored restored(stack.holdfast);
  EXPECT_EQ(restored.client().command({"GET", "n"}), "3");
}

TEST(StartStop, MaxClientsAreServedAndNoMore) {
  Stack stack({.environment = "max_clients = 3\n"});
  auto first = std::make_unique<RedisClient>(stack.holdfast.port());
  RedisClient second(stack.holdfast.port());
  RedisClient third(stack.holdfast.port());
  for (RedisClient* client : {first.get(), &second, &third}) EXPECT_EQ(client->command({"PING"}), "PONG");
  RawClient fourth(stack.holdfast.port());
  EXPECT_EQ(fourth.read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(second.command({"PING"}), "PONG");
  EXPECT_EQ(stack.holdfast.metric("holdfast_connections_refused_total{environment=\"default\"}"), 1);
  first.reset();
  ASSERT_TRUE(wait_until([&] {
    RawClient again(stack.holdfast.port());
    return again.command({"PING"}) == "+PONG\r\n";
  }));
}

TEST(StartStop, TheUpstreamMayBeAUnixSocket) {
  TempDir dir;
  const std::string path = dir.file("redis.sock");
  RedisServer redis({"--unixsocket", path});
  Holdfast holdfast({.upstream_url = "unix://" + path}, Until::kReady);
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "1");
}

TEST(StartStop, HealthzIsGreenWhateverRedisDoes) {
  RedisServer redis;
  redis.kill();
  Holdfast holdfast(redis, {}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("not connected"));
  std::string output;
  EXPECT_EQ(
      run_program({"curl", "-s", "http://127.0.0.1:" + std::to_string(holdfast.admin_port()) + "/healthz",
                   "-o", "/dev/null", "-w", "%{http_code}"},
                  output),
      0);
  EXPECT_EQ(output, "200");
}

}  // namespace
}  // namespace holdfast::testing
