// A rehearsal beside a live redis-server: what it says when all is well, while everything changes, and when
// something is not as it should be.
#include "journal/rehearsal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "journal/manifest.h"
#include "journal/rehearser.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

class RehearsalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    upstream_ = upstream_at(redis_.port(), dir_.file("journal"));
    set_keys(client_, 0, 300);
    journal_ = std::make_unique<Journal>(upstream_);
    journal_->start();
    ASSERT_TRUE(wait_ready(*journal_));
    for (int round = 0; round < 20; ++round) write_of_everything(client_, round);
    ASSERT_TRUE(wait_caught_up(*journal_, client_));
  }

  Result<RehearsalReport> run() {
    RehearsalOptions options;
    options.journal_dir = upstream_.journal.dir.value;
    options.live = &upstream_;
    return rehearse(options, stop_);
  }

  RedisServer redis_;
  RedisClient client_{redis_.port()};
  TempDir dir_;
  config::Upstream upstream_;
  std::unique_ptr<Journal> journal_;
  StopSignal stop_;
};

TEST_F(RehearsalTest, FindsEverythingThatIsThere) {
  const auto report = run();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report.value().good()) << describe(report.value());
  EXPECT_TRUE(report.value().compared);
  EXPECT_TRUE(report.value().counts_match);
  EXPECT_EQ(report.value().keys, report.value().live_keys);
  EXPECT_GT(report.value().keys, 300u);
  EXPECT_GT(report.value().sampled, 100u);
  EXPECT_EQ(report.value().changing, 0u);
  EXPECT_GT(report.value().bytes, 0u);
  EXPECT_GT(report.value().recover_ms, 0);
}

TEST_F(RehearsalTest, WhatIsWrittenMeanwhileIsNoMismatch) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    RedisClient other(redis_.port());
    for (int round = 0; !stop; ++round) write_of_everything(other, round);
  });
  const auto report = run();
  stop = true;
  writer.join();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report.value().mismatches, std::vector<std::string>());
}

// The journal cannot know of a change that Redis does not replicate.
TEST_F(RehearsalTest, ADifferenceIsFoundAndNamed) {
  client_.command({"SELECT", "0"});
  ASSERT_EQ(client_.command({"FLUSHDB"}), "OK");
  ASSERT_EQ(client_.command({"SET", "order", "paid"}), "OK");
  ASSERT_TRUE(wait_caught_up(*journal_, client_));
  ASSERT_EQ(client_.command({"DEBUG", "REPLICATE", "SET", "order", "open"}), "OK");
  client_.command({"DEBUG", "REPLICATE", "SET", "extra", "1"});
  const auto report = run();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_FALSE(report.value().good());
  EXPECT_EQ(report.value().mismatch_count, 3u) << describe(report.value());
  EXPECT_NE(describe(report.value()).find("the number of keys"), std::string::npos);
  int named = 0;
  for (const std::string& mismatch : report.value().mismatches)
    named += mismatch == "database 0, key 'order': its content is another" ||
             mismatch == "database 0, key 'extra': it is a string and not a none";
  EXPECT_EQ(named, 2) << ::testing::PrintToString(report.value().mismatches);
}

TEST_F(RehearsalTest, ADamagedJournalIsAnError) {
  // A group behind it makes it damage and not an interrupted write.
  client_.command({"SET", "later", "1"});
  ASSERT_TRUE(wait_caught_up(*journal_, client_));
  const auto manifest = read_manifest(upstream_.journal.dir.value + "/appendonly.aof.manifest");
  const std::string segment = upstream_.journal.dir.value + "/" + segment_name(manifest.value()->segments[0]);
  journal_->stop();
  std::string bytes = testing::read_file(segment);
  bytes[bytes.find("member3")] = 'M';
  testing::write_file(segment, bytes);
  const auto report = run();
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message().find(segment + ": corrupt at byte"), std::string::npos)
      << report.error().message();
}

TEST_F(RehearsalTest, AJournalThatNobodyWritesCannotBeCompared) {
  journal_->stop();
  client_.command({"SET", "later", "1"});
  RehearsalOptions options;
  options.journal_dir = upstream_.journal.dir.value;
  const auto alone = rehearse(options, stop_);
  ASSERT_TRUE(alone.ok()) << alone.error().message();
  EXPECT_FALSE(alone.value().compared);
  EXPECT_TRUE(alone.value().good());
}

TEST_F(RehearsalTest, NoJournalIsOneSentence) {
  RehearsalOptions options;
  options.journal_dir = dir_.file("nothing");
  const auto report = rehearse(options, stop_);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalid);
}

TEST_F(RehearsalTest, RunsByTheScheduleAndTellsTheMetrics) {
  journal_->stop();
  upstream_.journal.rehearse_every_ms = 24 * 3'600'000;
  Journal journal(upstream_);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_until([&] { return journal.stats().rehearsals_good.get() > 0; })) << journal.rehearsal();
  EXPECT_GT(journal.stats().rehearsal_success_ms.get(), 0u);
  EXPECT_EQ(journal.stats().rehearsal_mismatches.get(), 0u);
  EXPECT_NE(journal.rehearsal().find("0 mismatches"), std::string::npos) << journal.rehearsal();
  journal.stop();
  // It was done just now, so a restart does not do it again.
  EXPECT_TRUE(std::filesystem::exists(upstream_.journal.dir.value + "/" + std::string(kRehearsedName)));
  Rehearser next(upstream_, nullptr);
  EXPECT_FALSE(next.is_due(journal.stats().rehearsal_success_ms.get() + 3'600'000));
  EXPECT_TRUE(next.is_due(journal.stats().rehearsal_success_ms.get() + int64_t{25} * 3'600'000));
}

}  // namespace
}  // namespace holdfast::journal
