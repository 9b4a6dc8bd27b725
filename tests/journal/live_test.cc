// A journal at a real redis-server: every byte of the stream, once, whoever stops in between.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "journal/manifest.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

TEST(LiveJournal, TakesASnapshotAndFollows) {
  RedisServer redis;
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.watermark().history, 1u);
  for (int round = 0; round < 50; ++round) write_of_everything(client, round);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  journal.stop();
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, TakesASnapshotFromDiskAsWell) {
  RedisServer redis({"--repl-diskless-sync", "no"});
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  set_keys(client, 500, 1500);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, LosesNothingOfWhatIsWrittenDuringTheSnapshot) {
  for (const char* diskless : {"yes", "no"}) {
    RedisServer redis({"--repl-diskless-sync", diskless, "--rdb-key-save-delay", "200"});
    RedisClient client(redis.port());
    set_keys(client, 0, 2000);
    TempDir dir;
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    for (int round = 0; !journal.state().ready && round < 100'000; ++round)
      client.command({"INCR", "during"});
    ASSERT_TRUE(wait_ready(journal));
    for (int i = 0; i < 100; ++i) client.command({"INCR", "during"});
    ASSERT_TRUE(wait_caught_up(journal, client));
    EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client)) << "diskless: " << diskless;
  }
}

TEST(LiveJournal, ContinuesAfterAStop) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  for (int start = 0; start < 5; ++start) {
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    EXPECT_EQ(journal.stats().full_resyncs.get(), start == 0 ? 1u : 0u);
    EXPECT_EQ(journal.stats().partial_resyncs.get(), start == 0 ? 0u : 1u);
    EXPECT_EQ(journal.watermark().history, 1u);
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
    if (start % 2 == 0) {
      ASSERT_TRUE(wait_caught_up(journal, client));
    }
    journal.stop();
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
  }
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

// INCR, APPEND and RPUSH tell every byte that is journaled twice or not at all.

TEST(LiveJournal, ContinuesAfterSigkill) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  for (int life = 0; life < 8; ++life) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Journal journal(upstream_at(redis.port(), dir.file("journal")));
      journal.start();
      while (true) pause();
    }
    for (int i = 0; i < 3'000; ++i) {
      client.command({"INCR", "counter"});
      client.command({"APPEND", "text", std::to_string(i)});
      client.command({"RPUSH", "list", std::to_string(i)});
      // Not before it has joined, then somewhere in the middle of the load.
      if (i > 500 * (life % 4) && client.info("replication", "connected_slaves") == "1") break;
    }
    ::kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

// While a server loads, it shows an id that is not yet its own.

TEST(LiveJournal, AnswersWaitWithWhatIsOnDisk) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_TRUE(
      wait_until([&] { return client.command({"ROLE"}).find("holdfast-journal") != std::string::npos; }));
  for (int i = 0; i < 20; ++i) {
    client.command({"INCR", "counter"});
    const uint64_t offset = std::stoull(client.info("replication", "master_repl_offset"));
    ASSERT_EQ(client.command({"WAIT", "1", "30000"}), "1");
    ASSERT_GE(journal.watermark().durable_offset, offset);
  }
}

TEST(LiveJournal, WakesWhoWaits) {
  struct Bell : Waker {
    void wake() override { rings.fetch_add(1); }
    std::atomic<int> rings{0};
  };
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Bell bell;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.add_waker(&bell);
  journal.start();
  ASSERT_TRUE(wait_until([&] { return bell.rings > 0; })) << "accepting changed";
  ASSERT_TRUE(wait_ready(journal));
  bell.rings = 0;
  bell.wanted_offset = journal.watermark().durable_offset + 1;
  client.command({"SET", "k", "v"});
  EXPECT_TRUE(wait_until([&] { return bell.rings > 0; })) << "durable";
  journal.stop();
}

TEST(LiveJournal, RotatesSegmentsInAnyDatabase) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.segment_size_bytes = 10'000;
  for (int start = 0; start < 3; ++start) {
    Journal journal(upstream);
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    for (int round = 0; round < 50; ++round) {
      write_of_everything(client, round);
      // One group however slow the disk is, and larger than a segment.
      if (round % 10 == 9) {
        ASSERT_TRUE(wait_caught_up(journal, client));
      }
    }
  }
  auto manifest = read_manifest(dir.file("journal/appendonly.aof.manifest"));
  ASSERT_TRUE(manifest.ok());
  EXPECT_GT(manifest.value()->segments.size(), 10u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_EQ(digest_of_files(dir.path(), "journal"), digest(client))
      << "a stock server on the directory itself";
}

TEST(LiveJournal, TakesValuesAndTransactionsLargerThanItsMemory) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  client.command({"SET", "small", "1"});
  client.command({"SET", "large", std::string(100 << 20, 'L')});
  client.command({"MULTI"});
  for (int i = 0; i < 30; ++i) client.command({"APPEND", "grown", std::string(1 << 20, 'g')});
  client.command({"EXEC"});
  client.command({"SET", "small", "2"});
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

// The manifest first, then the files that it names: what is made meanwhile is not missed.

void copy_journal(const std::string& from, const std::string& to) {
  const auto options = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::create_directories(to);
  std::filesystem::copy_file(from + "/appendonly.aof.manifest", to + "/appendonly.aof.manifest", options);
  auto manifest = read_manifest(to + "/appendonly.aof.manifest");
  ASSERT_TRUE(manifest.ok() && manifest.value());
  std::vector<std::string> names = {base_name(manifest.value()->base.sequence)};
  for (const uint64_t sequence : manifest.value()->segments) names.push_back(segment_name(sequence));
  for (const std::string& name : names)
    std::filesystem::copy_file(from + "/" + name, to + "/" + name, options);
}

// Copies taken at any moment of a running load: a stock server starts from each and redis-check-aof has

// nothing to say against it.

TEST(LiveJournal, ACopyOfTheDirectoryIsAlwaysGood) {
  RedisServer redis;
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.segment_size_bytes = 1 << 20;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  std::atomic<bool> done{false};
  std::thread load([&] {
    RedisClient client(redis.port());
    for (int round = 0; !done; ++round) {
      write_of_everything(client, round);
      if (round % 20 == 0) client.command({"SET", "large", std::string(6 << 20, 'x')});
    }
  });
  for (int i = 0; i < 4; ++i) {
    TempDir copy;
    copy_journal(dir.file("journal"), copy.file("aof"));
    // The group in the middle of its write() can be copied in part (docs/journal-format.md): a window of
    // microseconds that is not hit twice.
    if (!complaints_of_check_aof(copy.file("aof")).empty())
      copy_journal(dir.file("journal"), copy.file("aof"));
    EXPECT_EQ(complaints_of_check_aof(copy.file("aof")), "");
    EXPECT_EQ(complaints_of_check_aof(dir.file("journal")), "") << "the live one";
    EXPECT_NE(digest_of_files(copy.path(), "aof"), "");
  }
  done = true;
  load.join();
}

}  // namespace
}  // namespace holdfast::journal
