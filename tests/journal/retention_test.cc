#include "journal/retention.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/clock.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

class RetentionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> notes;
    ASSERT_TRUE(store_.open(notes).ok());
    for (int generation = 1; generation <= 3; ++generation) {
      ASSERT_TRUE(adopt_test_base(store_, 1000).ok());
      ASSERT_TRUE(commit_all(store_, make_groups(10)).ok());
    }
  }

  std::vector<std::string> apply(const config::Retention& retention, int64_t now_ms) {
    Removed removed;
    EXPECT_TRUE(apply_retention(store_, retention, now_ms, removed).ok());
    EXPECT_EQ(removed.bytes > 0, !removed.notes.empty());
    return removed.notes;
  }

  testing::TempDir dir_;
  Store store_{FileSystem::real(), dir_.file("journal"), 300};
};

TEST_F(RetentionTest, KeepsWhatIsYoungEnough) {
  config::Retention day{24 * 3600 * 1000, std::nullopt};
  EXPECT_TRUE(apply(day, unix_ms()).empty());
}

TEST_F(RetentionTest, RemovesOldGenerationsAndNeverTheCurrentOne) {
  const std::string current = stream_in(dir_.file("journal"));
  config::Retention day{24 * 3600 * 1000, std::nullopt};
  const auto notes = apply(day, unix_ms() + int64_t{2} * 24 * 3600 * 1000);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_NE(notes[0].find("removed generation 1"), std::string::npos);
  EXPECT_TRUE(store_.old_generations().empty());
  EXPECT_EQ(stream_in(dir_.file("journal")), current);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.file("journal"))) {
    (void)entry;
    ++files;
  }
  EXPECT_EQ(files, 1 + 1 + 1 + store_.current()->segments.size()) << "lock, manifest, base, segments";
}

TEST_F(RetentionTest, RemovesTheOldestWhenTooLarge) {
  const uint64_t all = measure_disk_use(dir_.file("journal")).bytes;
  const int64_t later = unix_ms() + kReaderMs + 1'000;
  EXPECT_EQ(apply({std::nullopt, all}, later).size(), 0u);
  EXPECT_EQ(apply({std::nullopt, all - 1}, later).size(), 1u);
  EXPECT_EQ(apply({std::nullopt, 1}, later).size(), 1u) << "the current one stays";
  EXPECT_GT(measure_disk_use(dir_.file("journal")).segments, 0u);
}

// A stock redis-check-aof or cp that has read the manifest opens its files one after the other.
TEST_F(RetentionTest, LeavesWhatTheManifestNamedAMomentAgo) {
  const int64_t now = unix_ms();
  EXPECT_EQ(apply({std::nullopt, 1}, now).size(), 1u) << "the oldest has not been in the manifest for longer";
  EXPECT_EQ(store_.old_generations().size(), 1u);
  EXPECT_EQ(apply({std::nullopt, 1}, now).size(), 0u);
  EXPECT_EQ(apply({std::nullopt, 1}, now + kReaderMs + 1'000).size(), 1u);
}

}  // namespace
}  // namespace holdfast::journal
