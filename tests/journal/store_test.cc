#include "journal/store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open(uint64_t segment_size = 1 << 20) {
    auto store = std::make_unique<Store>(FileSystem::real(), path(), segment_size);
    Status opened = store->open(notes_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return store;
  }
  std::string path() const { return dir_.file("journal"); }
  size_t files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path()), std::filesystem::directory_iterator()));
  }

  testing::TempDir dir_;
  std::vector<std::string> notes_;
};

TEST_F(StoreTest, ANewDirectoryHasNoPosition) {
  auto store = open();
  EXPECT_FALSE(store->position());
  EXPECT_EQ(files(), 1u) << "the lock";
}

TEST_F(StoreTest, TheBaseAloneIsAPosition) {
  ASSERT_TRUE(adopt_test_base(*open()).ok());
  auto store = open();
  EXPECT_EQ(store->position()->offset, kTestBaseOffset);
  EXPECT_EQ(store->position()->replid, kTestReplid);
}

// The process ended each time after the base had got its name and before the manifest said so.
TEST_F(StoreTest, AFirstBaseThatNeverEndsLeavesADirectoryThatOpens) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(adopt_test_base(*open()).ok());
    std::filesystem::remove(path() + "/" + std::string(kManifestName));
  }
  EXPECT_FALSE(open()->position());
  EXPECT_EQ(files(), 1u) << "the lock";
}

TEST_F(StoreTest, GoesOnWhereItStood) {
  const auto groups = make_groups(20);
  ASSERT_TRUE(adopt_test_base(*open()).ok());
  for (const std::string& group : groups) {
    auto store = open(500);
    ASSERT_TRUE(store->commit(group, 3).ok());
  }
  auto store = open();
  EXPECT_EQ(store->position()->offset, kTestBaseOffset + join(groups).size());
  EXPECT_EQ(store->db(), 3);
  EXPECT_EQ(stream_in(path()), join(groups));
  EXPECT_TRUE(notes_.empty());
}

TEST_F(StoreTest, ATornTailIsCutAtEveryLengthAndWrittenAgain) {
  const auto groups = make_groups(3);
  ASSERT_TRUE(adopt_test_base(*open()).ok());
  ASSERT_TRUE(commit_all(*open(), {groups[0], groups[1]}).ok());
  const std::string before = testing::read_file(last_segment_path(path()));
  ASSERT_TRUE(commit_all(*open(), {groups[2]}).ok());
  const std::string after = testing::read_file(last_segment_path(path()));
  for (size_t size = before.size() + 1; size < after.size(); ++size) {
    testing::write_file(last_segment_path(path()), after.substr(0, size));
    notes_.clear();
    auto store = open();
    ASSERT_EQ(store->position()->offset, kTestBaseOffset + groups[0].size() + groups[1].size());
    ASSERT_EQ(notes_.size(), 1u);
    ASSERT_NE(notes_[0].find("at byte " + std::to_string(before.size())), std::string::npos) << notes_[0];
    ASSERT_TRUE(store->commit(groups[2], 0).ok());
    ASSERT_EQ(stream_in(path()), join(groups));
  }
}

TEST_F(StoreTest, PartsOfALargeGroupAreInNoFileThatTheManifestNames) {
  const auto groups = make_groups(4);
  auto store = open();
  ASSERT_TRUE(adopt_test_base(*store).ok());
  ASSERT_TRUE(store->commit(groups[0], 0).ok());
  const size_t half = groups[1].size() / 2;
  ASSERT_TRUE(store->write_part(groups[1].substr(0, half)).ok());
  EXPECT_EQ(stream_in(path()), groups[0]);
  EXPECT_EQ(store->position()->offset, kTestBaseOffset + groups[0].size());
  ASSERT_TRUE(store->write_part(groups[1].substr(half)).ok());
  ASSERT_TRUE(store->commit(groups[2], 0).ok());
  EXPECT_EQ(stream_in(path()), groups[0] + groups[1] + groups[2]);

  // The link is lost in the middle of one.
  ASSERT_TRUE(store->write_part(groups[3].substr(0, half)).ok());
  ASSERT_TRUE(store->drop_open_group().ok());
  ASSERT_TRUE(store->commit(groups[3], 0).ok());
  EXPECT_EQ(stream_in(path()), join(groups));

  // The process dies in the middle of one.
  ASSERT_TRUE(store->write_part(groups[0].substr(0, half)).ok());
  store.reset();
  const size_t before = files();
  store = open();
  EXPECT_EQ(files(), before - 1) << "the file with the part is gone";
  EXPECT_EQ(store->position()->offset, kTestBaseOffset + join(groups).size());
}

TEST_F(StoreTest, AnotherIdIsRemembered) {
  const auto groups = make_groups(3);
  const std::string second(40, '2'), third(40, '3');
  auto store = open();
  ASSERT_TRUE(adopt_test_base(*store).ok());
  ASSERT_TRUE(store->rename_history(second).ok());  // before there is a segment: its header says it
  ASSERT_TRUE(store->commit(groups[0], 0).ok());
  store.reset();
  store = open();
  EXPECT_EQ(store->position()->replid, second);
  ASSERT_TRUE(store->rename_history(third).ok());
  store.reset();
  store = open();
  EXPECT_EQ(store->position()->replid, third);
  ASSERT_TRUE(store->commit(groups[1], 0).ok());
  EXPECT_EQ(stream_in(path()), groups[0] + groups[1]);
}

TEST_F(StoreTest, ANewGenerationKeepsTheOldOne) {
  const auto groups = make_groups(4);
  auto store = open();
  ASSERT_TRUE(adopt_test_base(*store).ok());
  ASSERT_TRUE(commit_all(*store, groups).ok());
  ASSERT_TRUE(adopt_test_base(*store, 77).ok());
  ASSERT_TRUE(store->commit(groups[0], 0).ok());
  store.reset();
  store = open();
  EXPECT_EQ(store->generation(), 2u);
  EXPECT_EQ(store->position()->offset, 77 + groups[0].size());
  ASSERT_EQ(store->old_generations().size(), 1u);
  const Manifest& old = store->old_generations()[0];
  EXPECT_EQ(old.closed->offset, kTestBaseOffset + join(groups).size());
  std::filesystem::rename(path() + "/" + generation_name(1), path() + "/" + std::string(kManifestName));
  EXPECT_EQ(stream_in(path()), join(groups));
}

}  // namespace
}  // namespace holdfast::journal
