// The power fails: Redis and Holdfast are gone, and so is everything of the journal's newest file that was
// never synced there. What had been acknowledged comes back all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/archive.h"
#include "journal/redo_record.h"
#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"

namespace holdfast::testing {
namespace {

constexpr int kRounds = 4;

// What a test can take away that the disk may not have; answers how many bytes.
uint64_t cut_what_was_never_synced(const std::string& dir) {
  const auto redo = journal::read_redo(dir);
  EXPECT_TRUE(redo.ok());
  if (!redo.ok() || !redo.value()) return 0;  // it was all synced a moment ago
  const auto manifest = journal::read_current_manifest(dir);
  EXPECT_TRUE(manifest.ok());
  if (!manifest.ok() || manifest.value().segments.back() != redo.value()->place.sequence) return 0;
  const std::string path = dir + "/" + journal::segment_name(redo.value()->place.sequence);
  const uint64_t size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, redo.value()->place.from);
  return size - redo.value()->place.from;
}

TEST(PowerCut, NothingAcknowledgedIsMissing) {
  Stack stack;
  std::vector<std::unique_ptr<Load>> loads;
  uint64_t lost = 0;
  for (int round = 0; round < kRounds; ++round) {
    loads.push_back(std::make_unique<Load>(stack.holdfast.port(), 3, 8));
    ASSERT_TRUE(loads.back()->wait_acknowledged(400 + 100 * static_cast<uint64_t>(round)));
    stack.holdfast.kill();
    stack.redis.kill();
    loads.back()->join();
    lost += cut_what_was_never_synced(stack.holdfast.journal_dir());
    {
      Restored restored(stack.holdfast);  // before anything has mended the directory
      for (const auto& load : loads) EXPECT_EQ(load->missing_in(restored.client()), 0);
    }
    stack.redis.start();
    stack.holdfast.start();
    RedisClient direct(stack.redis.port());
    for (const auto& load : loads) EXPECT_EQ(load->missing_in(direct), 0) << stack.holdfast.log();
  }
  EXPECT_GT(lost, 0u) << "no round had anything that was durable in the redo log alone";
}

TEST(PowerCut, WithoutARedoLogTheFilesThemselvesHaveEverything) {
  Stack stack({.journal = "redo_log = false\n"});
  Load load(stack.holdfast.port(), 3, 8);
  ASSERT_TRUE(load.wait_acknowledged(500));
  stack.holdfast.kill();
  stack.redis.kill();
  load.join();
  EXPECT_FALSE(std::filesystem::exists(stack.holdfast.journal_dir() + "/" + std::string(journal::kRedoName)));
  stack.redis.start();
  stack.holdfast.start();
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(load.missing_in(direct), 0);
}

// An orderly end leaves nothing to be mended, so a stock redis-server reads all of it.
TEST(PowerCut, AfterAStopTheRedoLogSaysNothing) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.command({"SET", "key:" + std::to_string(i), "1"}), "OK");
  ASSERT_EQ(stack.holdfast.stop(), 0);
  const auto redo = journal::read_redo(stack.holdfast.journal_dir());
  ASSERT_TRUE(redo.ok());
  EXPECT_FALSE(redo.value());
}

}  // namespace
}  // namespace holdfast::testing
