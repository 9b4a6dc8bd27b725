// A Redis that is connected and does not answer: frozen, or kept busy by a script. Nobody may take it for
// well, nothing waits for ever, and a person can end the script through Holdfast.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/stack.h"
#include "tests/integration/stalling_relay.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::StartsWith;

const std::string kShortPatience = "connect_timeout = \"200ms\"\n";

TEST(UpstreamSilence, AFrozenRedisIsNotReadyAndIsAgainWhenItAnswers) {
  Stack stack({.upstream = kShortPatience});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  kill(stack.redis.pid(), SIGSTOP);
  EXPECT_TRUE(stack.holdfast.wait_problem("is connected but has not answered"));
  EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_up{upstream=\"main\"}"), 0);
  EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_links_silent{upstream=\"main\"}"), 1);
  kill(stack.redis.pid(), SIGCONT);
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_links_silent{upstream=\"main\"}"), 0);
  // Nobody was cut off.
  EXPECT_EQ(client.command({"GET", "key"}), "1");
}

TEST(UpstreamSilence, ARedisThatIsGoneWhileItIsSilentIsNotConnected) {
  Stack stack({.upstream = kShortPatience});
  kill(stack.redis.pid(), SIGSTOP);
  ASSERT_TRUE(stack.holdfast.wait_problem("is connected but has not answered"));
  stack.redis.kill();
  EXPECT_TRUE(stack.holdfast.wait_problem("is not connected"));
  EXPECT_EQ(stack.holdfast.metric("holdfast_upstream_links_silent{upstream=\"main\"}"), 0);
}

TEST(UpstreamSilence, AWriteWhoseRoleIsNeverAnsweredIsUncertainAfterAckTimeout) {
  RedisServer redis;
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port()),
                     .environment = "ack_timeout = \"200ms\"\n"},
                    HoldfastProcess::Until::kReady);
  RedisClient client(holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  relay.stall_roles();
  EXPECT_EQ(client.command({"SET", "key", "2"}),
            "-UNCERTAIN holdfast: the write was applied but is not confirmed durable");
  EXPECT_EQ(holdfast.metric("holdfast_held_replies{upstream=\"main\"}"), 0);
}

// The link that a kill goes over is in no database of the client's.
TEST(UpstreamSilence, WhatFollowsAKillAtOnceIsDoneInTheDatabaseOfTheClient) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SELECT", "5"}), "+OK\r\n");
  client.send(encode_request({"SCRIPT", "KILL"}) + encode_request({"SET", "key", "1"}));
  EXPECT_THAT(client.read_reply(), StartsWith("-NOTBUSY"));
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.command({"GET", "key"}), "(nil)");
  ASSERT_EQ(direct.command({"SELECT", "5"}), "OK");
  EXPECT_EQ(direct.command({"GET", "key"}), "1");
}

class BusyRedis : public ::testing::Test {
 protected:
  BusyRedis() {
    script.send(encode_request({"EVAL", "while true do end", "0"}));
    RedisClient direct(stack.redis.port());
    EXPECT_TRUE(wait_until([&] { return direct.command({"GET", "key"}).starts_with("-BUSY"); }));
  }
  // busy-reply-threshold: after this time Redis answers others again, with -BUSY.
  Stack stack{{.upstream = "connect_timeout = \"500ms\"\n"}, {"--busy-reply-threshold", "10"}};
  RawClient script{stack.holdfast.port()};
};

TEST_F(BusyRedis, IsNotReady) {
  EXPECT_TRUE(wait_until([&] { return stack.holdfast.ready_status() == 503; }));
  RedisClient killer(stack.holdfast.port());
  EXPECT_EQ(killer.command({"SCRIPT", "KILL"}), "OK");
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

TEST_F(BusyRedis, ScriptKillEndsTheScript) {
  RedisClient killer(stack.holdfast.port());
  EXPECT_EQ(killer.command({"SCRIPT", "KILL"}), "OK");
  EXPECT_THAT(script.read_reply(), StartsWith("-ERR Script killed by user"));
  // Neither client is any the worse for it.
  EXPECT_EQ(killer.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(script.command({"GET", "key"}), "$1\r\n1\r\n");
  EXPECT_THAT(killer.command({"SCRIPT", "KILL"}), StartsWith("-NOTBUSY"));
}

TEST_F(BusyRedis, FunctionKillIsAboutFunctionsOnly) {
  RawClient killer(stack.holdfast.port());
  EXPECT_THAT(killer.command({"FUNCTION", "KILL"}), StartsWith("-"));
  EXPECT_EQ(killer.command({"SCRIPT", "KILL"}), "+OK\r\n");
  EXPECT_THAT(script.read_reply(), StartsWith("-ERR Script killed by user"));
}

}  // namespace
}  // namespace holdfast::testing
