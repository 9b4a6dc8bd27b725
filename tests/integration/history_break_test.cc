// A Redis that came back with less than the journal has: it is not believed, and a person decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

bool refused(const std::string& reply) {
  return is_error(reply, "LOADING") || is_error(reply, "MISCONF") || is_error(reply, "MASTERDOWN");
}

constexpr const char* kHold = "on_history_break = \"hold\"\n";

void accept(const Holdfast& holdfast) {
  std::string output;
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "accept", "--journal", holdfast.journal_dir()}, output), 0)
      << output;
}

std::string lost(const Stack& stack) {
  std::string output;
  EXPECT_EQ(
      run_program({HOLDFAST_PROGRAM, "journal", "lost", "--journal", stack.holdfast.journal_dir()}, output),
      0)
      << output;
  return output;
}

TEST(HistoryBreak, AnEmptyRedisAnswersNothingUntilItIsAccepted) {
  Stack stack({.journal = kHold});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(stack.holdfast.wait_problem("has another history than the journal"));
  ASSERT_TRUE(wait_until([&] { return is_error(client.command({"GET", "key:1"}), "LOADING"); }));
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"GET", "key:1"},
                                             {"SET", "key:1", "2"},
                                             {"EXISTS", "key:1"},
                                             {"BLPOP", "queue", "0"},
                                             {"MULTI"},
                                             {"WATCH", "key"},
                                             {"SELECT", "1"},
                                             {"HELLO", "3"}}) {
    const std::string reply = client.command(command);
    EXPECT_TRUE(refused(reply)) << command[0] << ": " << reply;
  }
  EXPECT_THAT(stack.holdfast.ready_page(),
              HasSubstr("holdfast accept --journal " + stack.holdfast.journal_dir()));
  EXPECT_THAT(lost(stack), AllOf(HasSubstr("came back empty"), HasSubstr("open")));
  {
    Restored restored(stack.holdfast);
    EXPECT_EQ(restored.client().command({"DBSIZE"}), "100");
  }

  accept(stack.holdfast);
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"GET", "key:1"}), "(nil)");
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 2);
  Restored restored(stack.holdfast);
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(HistoryBreak, NoReadIsEverAnsweredByARedisThatLostItsData) {
  Stack stack({.journal = kHold});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  for (int round = 0; round < 3; ++round) {
    stack.redis.kill();
    stack.redis.start();
    int answered = 0;
    ASSERT_TRUE(wait_until([&] {
      const std::string reply = client.command({"GET", "key"});
      answered += reply == "(nil)";
      return is_error(reply, "LOADING");
    }));
    EXPECT_EQ(answered, 0);
    RedisClient fresh(stack.holdfast.port());
    EXPECT_TRUE(refused(fresh.command({"GET", "key"})));
  }
}

TEST(HistoryBreak, TheRestoredCopyTakesTheOldPlace) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  stack.redis.kill();
  Restored restored(stack.holdfast);
  restored.redis().stop();
  stack.redis.arguments() = {"--dir", restored.dir(), "--appendonly", "yes"};
  stack.redis.start();
  ASSERT_TRUE(wait_writable(client));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"GET", "key:" + std::to_string(i)}), "1");
  Restored again(stack.holdfast);
  EXPECT_EQ(again.client().command({"DBSIZE"}), "101");
}

TEST(HistoryBreak, ConfiguredToAcceptHealsByItself) {
  Stack stack({.journal = "on_history_break = \"accept\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  EXPECT_TRUE(stack.holdfast.wait_log("accepting what it has"));
}

TEST(HistoryBreak, WhatWasGivenUpByConfigurationCanBeLookedUp) {
  Stack stack({.journal = "on_history_break = \"accept\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SAVE"}), "OK");
  }
  ASSERT_EQ(client.command({"SET", "key", "lost"}), "OK");
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "1"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_THAT(lost(stack), AllOf(HasSubstr("1 operation on 1 key was missing"), HasSubstr("SET key lost"),
                                 HasSubstr("accepted at")));
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_lost_operations_total{upstream=\"main\"}"), 1);

  stack.redis.kill();
  std::filesystem::remove(stack.redis.dir() + "/dump.rdb");
  stack.redis.start();
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "0"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_THAT(lost(stack), HasSubstr("came back empty"));
}

TEST(HistoryBreak, AnEmptyRedisIsNotBelievedByAHoldfastThatStartsLater) {
  Stack stack({.journal = kHold});
  {
    RedisClient client(stack.holdfast.port());
    ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  }
  stack.holdfast.kill();
  stack.redis.kill();
  stack.redis.start();
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(refused(client.command({"GET", "key"})));
  ASSERT_TRUE(stack.holdfast.wait_problem("has another history than the journal"));
  EXPECT_TRUE(refused(client.command({"GET", "key"})));
}

// Its connections to clients stay open while its data are thrown away under them.
TEST(HistoryBreak, ARedisThatBecameTheReplicaOfAnEmptyOneIsNotBelieved) {
  Stack stack;
  RedisServer empty;
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  RedisClient direct(stack.redis.port());
  ASSERT_EQ(direct.command({"REPLICAOF", "127.0.0.1", std::to_string(empty.port())}), "OK");
  ASSERT_TRUE(wait_until([&] { return direct.command({"EXISTS", "key"}) == "0"; }));
  ASSERT_TRUE(wait_until([&] { return stack.holdfast.ready_status() == 503; }));
  ASSERT_TRUE(wait_until([&] {
    return refused(client.command({"GET", "key"}));
  })) << client.command({"GET", "key"})
      << "\n"
      << stack.holdfast.ready_page() << stack.holdfast.log();
  EXPECT_TRUE(refused(client.command({"SET", "key", "2"})));
}

TEST(HistoryBreak, AnAcceptWithoutABreakChangesNothing) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  accept(stack.holdfast);
  EXPECT_EQ(stack.holdfast.stop(), 0);
  stack.holdfast.start();
  EXPECT_TRUE(stack.holdfast.wait_log("there is no history break to accept"));
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 1);
}

TEST(HistoryBreak, AcceptNeedsAJournal) {
  TempDir dir;
  std::string output;
  EXPECT_NE(run_program({HOLDFAST_PROGRAM, "accept", "--journal", dir.file("none")}, output), 0);
  EXPECT_THAT(output, HasSubstr(dir.file("none")));
}

TEST(HistoryBreak, AnAcceptanceWithoutABreakIsNotKeptForTheNextOne) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  accept(stack.holdfast);
  EXPECT_TRUE(stack.holdfast.wait_log("there is no history break to accept"));
}

}  // namespace
}  // namespace holdfast::testing
