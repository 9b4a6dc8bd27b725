// MULTI, EXEC, WATCH: they belong to one client, and fail as a whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::StartsWith;

constexpr const char* kExecAbort = "-EXECABORT Transaction discarded because of previous errors.";

TEST(Transactions, ExecRunsWhatWasQueued) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"EXISTS", "key"}), "0");
  EXPECT_EQ(client.command({"EXEC"}), "[OK, 2]");
  EXPECT_EQ(other.command({"GET", "key"}), "2");
}

TEST(Transactions, DiscardForgetsWhatWasQueued) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  EXPECT_EQ(client.command({"DISCARD"}), "OK");
  EXPECT_EQ(client.command({"EXISTS", "key"}), "0");
  EXPECT_EQ(client.command({"EXEC"}), "-ERR EXEC without MULTI");
  EXPECT_EQ(client.command({"DISCARD"}), "-ERR DISCARD without MULTI");
}

TEST(Transactions, NestedMultiIsAnErrorThatHarmsNothing) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "-ERR MULTI calls can not be nested");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[OK]");
}

TEST(Transactions, WatchedKeyThatNobodyTouchesLetsExecRun) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "stock", "5"}), "OK");
  EXPECT_EQ(client.command({"WATCH", "stock"}), "OK");
  EXPECT_EQ(client.command({"GET", "stock"}), "5");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"DECR", "stock"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[4]");
}

TEST(Transactions, WatchedKeyThatAnotherClientChangesStopsExec) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "stock", "5"}), "OK");
  EXPECT_EQ(client.command({"WATCH", "stock"}), "OK");
  EXPECT_EQ(other.command({"SET", "stock", "1"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"DECR", "stock"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "(nil)");
  EXPECT_EQ(client.command({"GET", "stock"}), "1");
}

TEST(Transactions, UnwatchForgetsTheChange) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(client.command({"WATCH", "stock"}), "OK");
  EXPECT_EQ(other.command({"SET", "stock", "1"}), "OK");
  EXPECT_EQ(client.command({"UNWATCH"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "stock"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[2]");
}

// A link that was given back with watched keys on it would make this EXEC fail.
TEST(Transactions, AWatchOfOneClientIsNeverInheritedByAnother) {
  Stack stack;
  for (int i = 0; i < 20; ++i) {
    RedisClient watcher(stack.holdfast.port());
    EXPECT_EQ(watcher.command({"WATCH", "key"}), "OK");
    if (i % 2 == 0) {
      EXPECT_EQ(watcher.command({"MULTI"}), "OK");
    }
  }
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[2]");
}

TEST(Transactions, AWrongCommandInsideAbortsAll) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  EXPECT_EQ(client.command({"GET"}), "-ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(client.command({"EXEC"}), kExecAbort);
  EXPECT_EQ(client.command({"EXISTS", "key"}), "0");
}

TEST(Transactions, AnErrorAtRunTimeIsOneAnswerAmongOthers) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("SET text x\r\nMULTI\r\nINCR text\r\nSET key 1\r\nEXEC\r\nGET key\r\n");
  for (const char* expected :
       {"+OK\r\n", "+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n",
        "*2\r\n-ERR value is not an integer or out of range\r\n+OK\r\n", "$1\r\n1\r\n"})
    EXPECT_EQ(client.read_reply(), expected);
}

TEST(Transactions, ARefusedCommandInsideAbortsAllAndNothingIsApplied) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (const bool pipelined : {false, true}) {
    const std::vector<std::vector<std::string>> commands = {
        {"MULTI"}, {"SET", "key", "1"}, {"FLUSHALL"}, {"SET", "key", "2"}, {"EXEC"}, {"EXISTS", "key"}};
    std::vector<std::string> replies;
    for (const auto& command : commands) {
      client.append(command);
      if (!pipelined) replies.push_back(client.next_reply());
    }
    while (replies.size() < commands.size()) replies.push_back(client.next_reply());
    EXPECT_EQ(replies[0], "OK");
    EXPECT_EQ(replies[1], "QUEUED");
    EXPECT_TRUE(is_error(replies[2], "NOPERM")) << replies[2];
    EXPECT_EQ(replies[3], "QUEUED");
    EXPECT_EQ(replies[4], kExecAbort);
    EXPECT_EQ(replies[5], "0");
  }
}

TEST(Transactions, ASecondRefusalDoesNotUndoTheFirst) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send(
      "MULTI\r\nFLUSHALL\r\nSET key 1\r\nSUBSCRIBE x\r\nKEYS *\r\nEXEC\r\nEXISTS key\r\nMULTI\r\nSET key "
      "1\r\nEXEC\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast:"));
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast:"));
  EXPECT_EQ(client.read_reply(), std::string(kExecAbort) + "\r\n");
  EXPECT_EQ(client.read_reply(), ":0\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(client.read_reply(), "*1\r\n+OK\r\n");
}

TEST(Transactions, ADiscardedRefusalIsForgotten) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nFLUSHALL\r\nDISCARD\r\nMULTI\r\nSET key 1\r\nEXEC\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast:"));
  for (const char* expected : {"+OK\r\n", "+OK\r\n", "+QUEUED\r\n", "*1\r\n+OK\r\n"})
    EXPECT_EQ(client.read_reply(), expected);
}

TEST(Transactions, RunInTheDatabaseThatTheClientHasSelected) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("SELECT 7\r\nMULTI\r\nSET key 7\r\nEXEC\r\nSELECT 0\r\nMULTI\r\nEXISTS key\r\nEXEC\r\n");
  for (const char* expected : {"+OK\r\n", "+OK\r\n", "+QUEUED\r\n", "*1\r\n+OK\r\n", "+OK\r\n", "+OK\r\n",
                               "+QUEUED\r\n", "*1\r\n:0\r\n"})
    EXPECT_EQ(client.read_reply(), expected);
}

// Optimistic locking as applications write it; a single lost update would show in the sum.
TEST(Transactions, CompareAndSetLoopsOfManyClientsLoseNoUpdate) {
  Stack stack({.server = "workers = 2\n"});
  constexpr int kClients = 8;
  constexpr int kIncrements = 40;
  std::vector<std::thread> threads;
  const int port = stack.holdfast.port();
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([port] {
      RedisClient client(port);
      for (int done = 0; done < kIncrements;) {
        ASSERT_EQ(client.command({"WATCH", "sum"}), "OK");
        const std::string now = client.command({"GET", "sum"});
        const int next = (now == "(nil)" ? 0 : std::stoi(now)) + 1;
        client.append({"MULTI"});
        client.append({"SET", "sum", std::to_string(next)});
        client.append({"EXEC"});
        ASSERT_EQ(client.next_reply(), "OK");
        ASSERT_EQ(client.next_reply(), "QUEUED");
        if (client.next_reply() == "[OK]") ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  RedisClient client(port);
  EXPECT_EQ(client.command({"GET", "sum"}), std::to_string(kClients * kIncrements));
}

TEST(Transactions, APipelineThatMovesBetweenSharedAndOwnLinksKeepsItsOrder) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  const std::string round =
      "SET k a\r\nRPUSH l e\r\nBLPOP l 0\r\nGET k\r\nMULTI\r\nAPPEND k b\r\nGET k\r\nEXEC\r\nGET k\r\nDEL "
      "k\r\n";
  const std::string expected =
      "+OK\r\n:1\r\n*2\r\n$1\r\nl\r\n$1\r\ne\r\n$1\r\na\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:2\r\n$"
      "2\r\nab\r\n"
      "$2\r\nab\r\n:1\r\n";
  std::string requests;
  std::string replies;
  for (int i = 0; i < 200; ++i) {
    requests += round;
    replies += expected;
  }
  client.send(requests + "QUIT\r\n");
  EXPECT_EQ(client.read_to_end(), replies + "+OK\r\n");
}

}  // namespace
}  // namespace holdfast::testing
