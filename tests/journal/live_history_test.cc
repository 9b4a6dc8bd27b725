// A redis-server that restarts, loses data, is replaced or cut off: what continues, what is held, what is
// kept.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "journal/operator_word.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

TEST(LiveHistory, FollowsARedisThatDiesAndComesBackWithItsData) {
  RedisServer redis;
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  for (int life = 0; life < 3; ++life) {
    ASSERT_TRUE(wait_ready(journal));
    RedisClient client(redis.port());
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
    ASSERT_TRUE(wait_caught_up(journal, client));
    ASSERT_EQ(client.command({"SAVE"}), "OK");
    redis.kill();
    ASSERT_TRUE(wait_until([&] { return !journal.watermark().accepting; }));
    redis.start();
  }
  ASSERT_TRUE(wait_ready(journal));
  RedisClient client(redis.port());
  set_keys(client, 0, 100);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(journal.stats().partial_resyncs.get(), 3u);
  // A new id each time: links must show theirs again.
  EXPECT_EQ(journal.watermark().history, 4u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  journal.stop();

  // The new id is in the files.
  Journal again(upstream_at(redis.port(), dir.file("journal")));
  again.start();
  ASSERT_TRUE(wait_ready(again));
  EXPECT_EQ(again.stats().partial_resyncs.get(), 1u);
}

TEST(LiveHistory, FollowsAPromotedReplica) {
  RedisServer primary;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  const int port = primary.port();
  TempDir dir;
  Journal journal(upstream_at(port, dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  RedisClient client(port);
  RedisClient promoted(replica.port());
  ASSERT_TRUE(wait_until([&] { return promoted.info("replication", "master_link_status") == "up"; }));
  for (int round = 0; round < 20; ++round) write_of_everything(client, round);
  ASSERT_TRUE(wait_caught_up(journal, client));
  ASSERT_TRUE(wait_until([&] {
    return promoted.info("replication", "master_repl_offset") ==
           client.info("replication", "master_repl_offset");
  }));
  primary.kill();
  EXPECT_EQ(promoted.command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(promoted.command({"CONFIG", "SET", "port", std::to_string(port)}), "OK");
  ASSERT_TRUE(wait_until([&] { return !journal.watermark().accepting; }));
  ASSERT_TRUE(wait_ready(journal));
  for (int round = 0; round < 20; ++round) write_of_everything(promoted, round);
  ASSERT_TRUE(wait_caught_up(journal, promoted));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(promoted));
}

TEST(LiveHistory, TakesANewSnapshotWhenTheBacklogIsTooSmall) {
  RedisServer redis({"--repl-backlog-size", "16kb"});
  RedisClient client(redis.port());
  TempDir dir;
  {
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    set_keys(client, 0, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
  }
  set_keys(client, 0, 5000, 100);
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(journal.stats().generation.get(), 2u);
  EXPECT_EQ(journal.watermark().history, 1u) << "the offsets go on";
  set_keys(client, 50, 60);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_FALSE(testing::read_file(dir.file("journal/appendonly.aof.generation-1.manifest")).empty());
}

TEST(LiveHistory, HoldsWhenRedisComesBackEmpty) {
  RedisServer redis;
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.on_history_break = config::OnHistoryBreak::kHold;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  std::string before;
  {
    RedisClient client(redis.port());
    set_keys(client, 0, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
    before = digest(client);
  }
  redis.kill();
  redis.start();
  ASSERT_TRUE(wait_reason(journal, "another history"));
  EXPECT_NE(journal.state().reason.find("holdfast accept --journal " + dir.file("journal")),
            std::string::npos);
  EXPECT_FALSE(journal.watermark().accepting);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), before) << "nothing is journaled over it";
  RedisClient client(redis.port());
  auto info = parse_replication_info(client.command({"INFO", "replication"}));
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(journal.check_membership(info.value()).membership, Membership::kForeign);

  client.command({"SET", "new", "data"});
  ASSERT_TRUE(leave_word(dir.file("journal"), OperatorWord::kAccept).ok());
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.watermark().history, 2u);
  EXPECT_EQ(journal.stats().generation.get(), 2u);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_EQ(read_word(dir.file("journal")), OperatorWord::kNone) << "a word counts once";
  info = parse_replication_info(client.command({"INFO", "replication"}));
  EXPECT_EQ(journal.check_membership(info.value()).membership, Membership::kBelongs);

  // What was there before is still whole.
  TempDir old;
  testing::copy_tree(dir.file("journal"), old.file("aof"));
  testing::write_file(old.file("aof/appendonly.aof.manifest"),
                      testing::read_file(dir.file("journal/appendonly.aof.generation-1.manifest")));
  EXPECT_EQ(digest_of_files(old.path(), "aof"), before);
}

TEST(LiveHistory, ALoadingRedisIsNotAHistoryBreak) {
  RedisServer redis;
  TempDir dir;
  {
    RedisClient client(redis.port());
    set_keys(client, 0, 2000);
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    client.command({"SET", "last", "1"});
    ASSERT_TRUE(wait_caught_up(journal, client));
    journal.stop();
    ASSERT_EQ(client.command({"SAVE"}), "OK");
  }
  redis.kill();
  redis.arguments() = {"--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024"};
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  std::atomic<bool> broken{false}, seen_loading{false}, done{false};
  std::thread watch([&] {
    while (!done) {
      const std::string reason = journal.state().reason;
      if (reason.find("another history") != std::string::npos) broken = true;
      if (reason.find("LOADING") != std::string::npos) seen_loading = true;
      std::this_thread::yield();
    }
  });
  redis.start();
  EXPECT_TRUE(wait_ready(journal));
  done = true;
  watch.join();
  EXPECT_FALSE(broken);
  EXPECT_TRUE(seen_loading);
  EXPECT_EQ(journal.stats().partial_resyncs.get(), 1u);
}

TEST(LiveHistory, AdoptsANewHistoryWhenConfigured) {
  RedisServer redis;
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.on_history_break = config::OnHistoryBreak::kAccept;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  redis.kill();
  redis.start();
  ASSERT_TRUE(wait_until([&] { return journal.watermark().history == 2; }));
  ASSERT_TRUE(wait_ready(journal));
}

TEST(LiveHistory, AnInterruptedSnapshotChangesNothing) {
  RedisServer redis({"--repl-backlog-size", "16kb"});
  TempDir dir;
  std::string before;
  {
    RedisClient client(redis.port());
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    set_keys(client, 0, 1000, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
    before = digest(client);
  }
  RedisClient client(redis.port());
  set_keys(client, 1000, 3000, 1000);
  client.command({"CONFIG", "SET", "rdb-key-save-delay", "3000"});
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_reason(journal, "the journal is receiving a snapshot"));
  redis.kill();
  ASSERT_TRUE(wait_reason(journal, "cannot reach"));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), before);
  journal.stop();
  EXPECT_FALSE(std::filesystem::exists(dir.file("journal/holdfast.base.part")));
}

}  // namespace
}  // namespace holdfast::journal
