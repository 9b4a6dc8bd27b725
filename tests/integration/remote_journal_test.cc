// A journal process, and sidecars that have none of their own and gate on it (`via`): the same promise, with
// the journal's acknowledged offset read from Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Split {
  explicit Split(std::string journal_keys = "", std::string sidecar_environment = "",
                 std::vector<std::string> redis_arguments = {})
      : redis(std::move(redis_arguments)),
        journal(redis, {.journal = "name = \"far\"\n" + journal_keys, .serves = false}),
        sidecar(redis, {.server = "workers = 2\n", .environment = sidecar_environment, .via = "far"}) {}

  RedisServer redis;
  Holdfast journal;
  Holdfast sidecar;
};

TEST(RemoteJournal, WhatASidecarAcknowledgesIsOnTheDiskOfTheJournalProcess) {
  Split split;
  EXPECT_THAT(split.journal.log(), HasSubstr("this is a journal process"));
  EXPECT_THAT(split.journal.log(), Not(HasSubstr("listening on")));
  Load load(split.sidecar.port(), 4, 20);
  ASSERT_TRUE(load.wait_acknowledged(5'000));
  split.journal.kill();
  ASSERT_TRUE(split.sidecar.wait_problem("the journal 'far' (via) is not attached"));
  load.stop();
  load.join();
  Restored restored(split.journal);
  EXPECT_EQ(load.missing_in(restored.client()), 0) << split.sidecar.log();
}

TEST(RemoteJournal, WithoutItWritesAreRefusedAndReadsGoOn) {
  Split split;
  RedisClient client(split.sidecar.port());
  ASSERT_EQ(client.command({"SET", "key", "value"}), "OK");
  split.journal.kill();
  ASSERT_TRUE(split.sidecar.wait_problem("the journal 'far' (via) is not attached"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "other"}), "MISCONF"));
  EXPECT_EQ(client.command({"GET", "key"}), "value");
  split.journal.start();
  EXPECT_TRUE(wait_writable(client));
  EXPECT_TRUE(split.sidecar.wait_ready());
}

// A write that finds the journal in another history waits for the question which server its link reaches.
// That goes to the link behind the requests that were read before it, as its answer is expected there; else
// they would get each other's answers. The history changes here as soon as one worker's new link has seen it,
// so for another worker in the middle of what it has read.
TEST(RemoteJournal, AHistoryThatChangesInTheMiddleOfAReadMixesUpNoReplies) {
  constexpr int kChanges = 28;
  constexpr int kRequests = 1'000;
  Split split;
  std::string pipeline;
  for (int i = 0; i < kRequests; ++i)
    pipeline += encode_request({"ECHO", std::to_string(i)}) + encode_request({"SET", "key", "value"});
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int client_number = 0; client_number < 4; ++client_number)
    threads.emplace_back([&] {
      RawClient client(split.sidecar.port());
      while (!done && !HasFailure()) {
        ASSERT_TRUE(client.send(pipeline));
        for (int i = 0; i < kRequests; ++i) {
          const std::string number = std::to_string(i);
          ASSERT_EQ(client.read_reply(), "$" + std::to_string(number.size()) + "\r\n" + number + "\r\n");
          const std::string written = client.read_reply();
          ASSERT_TRUE(written == "+OK\r\n" || written.starts_with("-")) << written;
        }
      }
    });
  RedisClient direct(split.redis.port());
  RedisClient writer(split.sidecar.port());
  for (int i = 0; i < kChanges && !HasFailure(); ++i) {
    // Redis goes on under a new replication id, with the same data and the same connections.
    EXPECT_EQ(direct.command({"REPLICAOF", "127.0.0.1", "1"}), "OK");
    EXPECT_EQ(direct.command({"REPLICAOF", "NO", "ONE"}), "OK");
    EXPECT_TRUE(wait_writable(writer));
    // Its link is a new one: each protocol and database has its own.
    RawClient newcomer(split.sidecar.port());
    newcomer.command({"HELLO", i % 2 == 0 ? "2" : "3"});
    EXPECT_EQ(newcomer.command({"SELECT", std::to_string(i / 2 + 1)}), "+OK\r\n");
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(RemoteJournal, ASidecarThatStartsBeforeItBelievesNoRedis) {
  RedisServer redis;
  RedisClient(redis.port()).command({"SET", "key", "value"});
  Holdfast sidecar(redis, {.via = "far"}, HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(sidecar.wait_problem("the journal 'far' (via) is not attached"));
  Holdfast other(redis, {.journal = "name = \"another\"\n", .serves = false});
  EXPECT_THAT(sidecar.ready_page(), HasSubstr("'far' (via) is not attached"));
  Holdfast journal(redis, {.journal = "name = \"far\"\n", .serves = false});
  ASSERT_TRUE(sidecar.wait_ready());
  RedisClient client(sidecar.port());
  EXPECT_EQ(client.command({"GET", "key"}), "value");
  EXPECT_EQ(client.command({"SET", "key", "2"}), "OK");
}

// The read that would say "no such order" and be believed.
TEST(RemoteJournal, AnEmptyRedisIsNotAnswered) {
  Split split("on_history_break = \"hold\"\n");
  RedisClient client(split.sidecar.port());
  ASSERT_EQ(client.command({"SET", "order", "paid"}), "OK");
  split.redis.kill();
  split.redis.start();
  ASSERT_TRUE(split.journal.wait_problem("another history"));
  RedisClient fresh(split.sidecar.port());
  const std::string answer = fresh.command({"GET", "order"});
  EXPECT_TRUE(is_error(answer, "LOADING") || is_error(answer, "MASTERDOWN")) << answer;
  const std::string refused = fresh.command({"SET", "order", "new"});
  EXPECT_TRUE(is_error(refused, "LOADING") || is_error(refused, "MASTERDOWN")) << refused;
  std::string output;
  ASSERT_EQ(
      run_program({split.journal.program(), "accept", "--journal", split.journal.journal_dir()}, output), 0)
      << output;
  EXPECT_TRUE(wait_writable(fresh));
  EXPECT_EQ(fresh.command({"GET", "order"}), "(nil)");
}

TEST(RemoteJournal, AJournalThatDoesNotAcknowledgeMakesAWriteUncertain) {
  Split split("", "ack_timeout = \"200ms\"\n");
  RedisClient client(split.sidecar.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  // The journal process does not go on: what it has not synced is never acknowledged to Redis.
  split.journal.signal(SIGSTOP);
  EXPECT_TRUE(is_error(client.command({"SET", "key", "2"}), "UNCERTAIN"));
  split.journal.signal(SIGCONT);
  EXPECT_TRUE(wait_writable(client));
}

TEST(RemoteJournal, QuestionsForItAreBounded) {
  Split split;
  RedisClient client(split.sidecar.port());
  const std::string asked = "holdfast_upstream_barriers_total{upstream=\"main\"}";
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  split.journal.signal(SIGSTOP);
  client.append({"SET", "key", "2"});
  const double before = split.sidecar.metric(asked);
  ASSERT_TRUE(wait_until([&] { return split.sidecar.metric(asked) > before + 20; })) << "it goes on asking";
  split.journal.signal(SIGCONT);
  EXPECT_EQ(client.next_reply(), "OK");
}

}  // namespace
}  // namespace holdfast::testing
