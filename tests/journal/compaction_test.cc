// Compaction beside a live redis-server: the new base and what follows it give the same data as before, at
// every moment a stock server starts from the directory, and what cannot be done leaves the journal as it
// was.
#include "journal/compaction.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "journal/compaction_request.h"
#include "journal/retention.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

class CompactionTest : public ::testing::Test {
 protected:
  std::string path() const { return dir_.file("journal"); }

  config::Upstream upstream() const { return upstream_at(redis_.port(), path()); }

  // As `holdfast journal compact` does.
  Result<std::string> compact() {
    auto token = request_compaction(path());
    if (!token.ok()) return token;
    std::optional<Result<std::string>> answer;
    const bool answered = wait_until([&] {
      answer = compaction_answer(path(), token.value());
      return answer.has_value();
    });
    if (!answered) return Error(ErrorCode::kTimeout, "no answer");
    return *answer;
  }

  Manifest manifest() const {
    return read_manifest(path() + "/" + std::string(kManifestName)).value().value();
  }

  void expect_same_data() {
    EXPECT_EQ(digest_of_restore(path()), digest(client_));
    // A copy that anybody makes, without Holdfast.
    TempDir copy;
    std::filesystem::copy(path(), copy.file("copy"), std::filesystem::copy_options::recursive);
    EXPECT_EQ(complaints_of_check_aof(copy.file("copy")), "");
    EXPECT_EQ(digest_of_files(copy.path(), "copy"), digest(client_));
  }

  RedisServer redis_;
  RedisClient client_{redis_.port()};
  TempDir dir_;
};

TEST_F(CompactionTest, TheNewBaseHasWhatBaseAndSegmentsHad) {
  set_keys(client_, 0, 200);
  Journal journal(upstream());
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  for (int round = 0; round < 30; ++round) write_of_everything(client_, round);
  client_.command({"SELECT", "3"});
  ASSERT_TRUE(wait_caught_up(journal, client_));
  auto done = compact();
  ASSERT_TRUE(done.ok()) << done.error().message();
  EXPECT_NE(done.value().find("a new base of"), std::string::npos);
  ASSERT_EQ(manifest().earlier.size(), 1u);
  EXPECT_TRUE(manifest().segments.empty());
  expect_same_data();
  EXPECT_EQ(journal.stats().compactions.get(), 1u);
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);

  // Database 3 is selected at the cut, and the stream does not say so again.
  for (int i = 0; i < 100; ++i) client_.command({"INCR", "after"});
  ASSERT_TRUE(wait_caught_up(journal, client_));
  expect_same_data();
  auto again = compact();
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(manifest().earlier.size(), 2u);
  expect_same_data();
  EXPECT_EQ(journal.stats().oldest_restorable_ms.get(),
            static_cast<uint64_t>(manifest().earlier[0].base.time_ms));
  journal.stop();
  for (const auto& entry : std::filesystem::directory_iterator(path()))
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " is left";

  Journal next(upstream());
  next.start();
  ASSERT_TRUE(wait_ready(next));
  EXPECT_EQ(next.stats().partial_resyncs.get(), 1u) << "it continues";
  client_.command({"SET", "last", "one"});
  ASSERT_TRUE(wait_caught_up(next, client_));
  expect_same_data();
}

// The stream behind the cut can say PERSIST for it.
TEST_F(CompactionTest, AKeyWhoseTimeIsOverStaysInTheBase) {
  {
    Journal journal(upstream());
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    ASSERT_EQ(client_.command({"SET", "precious", "kept", "PX", "500"}), "OK");
    ASSERT_TRUE(wait_caught_up(journal, client_));
  }
  Store store(FileSystem::real(), path(), 1 << 20);
  std::vector<std::string> notes;
  ASSERT_TRUE(store.open(notes).ok());
  const auto cut = store.cut();
  ASSERT_TRUE(cut);
  ASSERT_TRUE(wait_until([&] { return client_.command({"EXISTS", "precious"}) == "0"; }));
  StopSignal stop;
  auto made = make_compacted_base(path(), *cut, {}, stop);
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_NE(testing::read_file(made.value().path).find("precious"), std::string::npos);
}

TEST_F(CompactionTest, GrowthBeginsItWithoutAnybodysHand) {
  config::Upstream config = upstream();
  config.journal.compact_min_bytes = 1 << 20;
  config.journal.compact_factor = 2;
  config.journal.retention = {std::nullopt, 1};
  Journal journal(config);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  const std::string value(100'000, 'x');
  for (int i = 0; i < 30; ++i) ASSERT_EQ(client_.command({"SET", "same", value}), "OK");
  EXPECT_TRUE(wait_until([&] { return journal.stats().compactions.get() > 0; }));
  EXPECT_TRUE(wait_until([&] { return journal.stats().retention_removed_bytes.get() > 3'000'000; }));
  EXPECT_TRUE(wait_until([&] { return journal.stats().disk_bytes.get() < 1'000'000; }));
  EXPECT_TRUE(manifest().earlier.empty());
  expect_same_data();
}

TEST_F(CompactionTest, WithoutARedisServerTheJournalGoesOnAsItIs) {
  config::Upstream config = upstream();
  config.journal.redis_server = "/nowhere/redis-server";
  Journal journal(config);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  set_keys(client_, 0, 100);
  ASSERT_TRUE(wait_caught_up(journal, client_));
  auto done = compact();
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().message().find("/nowhere/redis-server is not a program"), std::string::npos);
  set_keys(client_, 0, 100);
  ASSERT_TRUE(wait_caught_up(journal, client_));
  EXPECT_TRUE(manifest().earlier.empty());
  EXPECT_TRUE(journal.state().ready);
  expect_same_data();
}

TEST_F(CompactionTest, WithoutARedisServerAFullResyncAtTheChosenTimeTakesItsPlace) {
  config::Upstream config = upstream();
  config.journal.redis_server = "/nowhere/redis-server";
  config.journal.compact_min_bytes = 1 << 20;
  config.journal.compact_factor = 1;
  config.journal.resync_at_minute = static_cast<int>(unix_ms() / 60'000 % (24 * 60));
  Journal journal(config);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  const std::string value(100'000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_EQ(client_.command({"SET", "same", value}), "OK");
  ASSERT_TRUE(wait_until([&] { return journal.stats().full_resyncs.get() == 2; })) << journal.state().reason;
  ASSERT_TRUE(wait_ready(journal));
  client_.command({"SET", "after", "it"});
  ASSERT_TRUE(wait_caught_up(journal, client_));
  EXPECT_EQ(manifest().generation, 2u);
  EXPECT_TRUE(std::filesystem::exists(path() + "/" + generation_name(1))) << "what was before stays";
  expect_same_data();
}

TEST_F(CompactionTest, DamageIsSeenBeforeItIsMadeABase) {
  {
    Journal journal(upstream());
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    set_keys(client_, 0, 1000);
    ASSERT_TRUE(wait_caught_up(journal, client_));
  }
  const std::string segment = path() + "/" + segment_name(manifest().segments[0]);
  Store store(FileSystem::real(), path(), 1 << 20);
  std::vector<std::string> notes;
  ASSERT_TRUE(store.open(notes).ok());
  const auto cut = store.cut();
  ASSERT_TRUE(cut);
  std::string bytes = testing::read_file(segment);
  const size_t at = bytes.find("vvvvvvvv");
  bytes[at] = 'w';
  testing::write_file(segment, bytes);
  StopSignal stop;
  auto made = make_compacted_base(path(), *cut, {}, stop);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(made.error().message().find(segment), std::string::npos) << made.error().message();
}

TEST_F(CompactionTest, AStopEndsItAndLeavesNothing) {
  auto journal = std::make_unique<Journal>(upstream());
  journal->start();
  ASSERT_TRUE(wait_ready(*journal));
  set_keys(client_, 0, 1000);
  ASSERT_TRUE(wait_caught_up(*journal, client_));
  // A program that never becomes a redis-server.
  journal.reset();
  config::Upstream config = upstream();
  config.journal.redis_server = dir_.file("sleeper");
  std::ofstream(config.journal.redis_server) << "#!/bin/sh\nexec sleep 600\n";
  std::filesystem::permissions(config.journal.redis_server, std::filesystem::perms::owner_all);
  Journal stuck(config);
  stuck.start();
  ASSERT_TRUE(wait_ready(stuck));
  ASSERT_TRUE(request_compaction(path()).ok());
  ASSERT_TRUE(wait_until([&] { return stuck.stats().compaction_running.get() == 1; }));
  set_keys(client_, 0, 1000);
  ASSERT_TRUE(wait_caught_up(stuck, client_)) << "the journal does not wait for it";
  stuck.stop();
  journal = std::make_unique<Journal>(upstream());
  journal->start();
  ASSERT_TRUE(wait_ready(*journal));
  for (const auto& entry : std::filesystem::directory_iterator(path()))
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " is left";
}

}  // namespace
}  // namespace holdfast::journal
