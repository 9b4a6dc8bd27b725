#include "journal/restore.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/store.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

class Restore : public ::testing::Test {
 protected:
  void fill() {
    Store store(FileSystem::real(), path(), 500);
    std::vector<std::string> notes;
    ASSERT_TRUE(store.open(notes).ok());
    ASSERT_TRUE(adopt_test_base(store).ok());
    ASSERT_TRUE(commit_all(store, groups_).ok());
    manifest_ = *store.current();
  }

  void expect_error(const std::string& part) {
    auto report = restore_latest(path(), out());
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
    EXPECT_FALSE(std::filesystem::exists(out())) << "nothing is left";
  }

  std::string path() const { return dir_.file("journal"); }
  std::string out() const { return dir_.file("out"); }

  testing::TempDir dir_;
  const std::vector<std::string> groups_ = make_groups(12);
  Manifest manifest_;
};

TEST_F(Restore, WritesAllOfIt) {
  fill();
  auto report = restore_latest(path(), out());
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(stream_in(out() + "/appendonlydir"), join(groups_));
  EXPECT_EQ(report.value().offset, kTestBaseOffset + join(groups_).size());
  EXPECT_EQ(report.value().replid, kTestReplid);
  EXPECT_EQ(report.value().groups, groups_.size());
  EXPECT_EQ(report.value().segments, manifest_.segments.size());
  EXPECT_GT(report.value().segments, 1u);
  EXPECT_GT(report.value().time_ms, 1'700'000'000'000);
}

TEST_F(Restore, LeavesATornTailOut) {
  fill();
  const std::string last = last_segment_path(path());
  testing::write_file(last,
                      testing::read_file(last) + command_bytes({"MULTI"}) + command_bytes({"SET", "k", "v"}));
  auto report = restore_latest(path(), out());
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(stream_in(out() + "/appendonlydir"), join(groups_));
}

TEST_F(Restore, LeavesOutWhatAFailedWriteLeft) {
  fill();
  const std::string first = path() + "/" + segment_name(manifest_.segments[0]);
  testing::write_file(first, testing::read_file(first) + groups_[7]);
  ASSERT_TRUE(restore_latest(path(), out()).ok());
  EXPECT_EQ(stream_in(out() + "/appendonlydir"), join(groups_));
}

TEST_F(Restore, TakesAnEmptyTarget) {
  fill();
  std::filesystem::create_directory(out());
  EXPECT_TRUE(restore_latest(path(), out()).ok());
}

TEST_F(Restore, LeavesATargetWithSomethingInItAlone) {
  fill();
  std::filesystem::create_directory(out());
  testing::write_file(out() + "/mine", "mine");
  auto report = restore_latest(path(), out());
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message().find("is not empty"), std::string::npos);
  EXPECT_EQ(testing::read_file(out() + "/mine"), "mine");
}

TEST_F(Restore, KeepsAnEmptyTargetThatItDidNotMake) {
  fill();
  testing::write_file(path() + "/" + base_name(manifest_.base.sequence), "other");
  std::filesystem::create_directory(out());
  EXPECT_FALSE(restore_latest(path(), out()).ok());
  EXPECT_TRUE(std::filesystem::is_empty(out()));
}

TEST_F(Restore, SaysThatThereIsNoJournal) {
  expect_error("there is no journal directory " + path());
  std::filesystem::create_directory(path());
  expect_error("is not a journal: it has no appendonly.aof.manifest");
  testing::write_file(path() + "/appendonly.aof.manifest", "file appendonly.aof.1.incr.aof seq 1 type i\n");
  expect_error("was not written by Holdfast");
}

TEST_F(Restore, EveryFlippedByteOfAnEarlierSegmentIsCorruption) {
  fill();
  const std::string first = path() + "/" + segment_name(manifest_.segments[0]);
  const std::string content = testing::read_file(first);
  for (size_t at = 0; at < content.size(); at += 7) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    testing::write_file(first, damaged);
    expect_error(first + ": corrupt at byte ");
    if (HasFatalFailure()) return;
  }
}

TEST_F(Restore, ADamagedBaseIsCorruption) {
  fill();
  const std::string base = path() + "/" + base_name(manifest_.base.sequence);
  std::string content = testing::read_file(base);
  content[3] = '?';
  testing::write_file(base, content);
  expect_error(base + ": corrupt");
}

TEST_F(Restore, AHalfCopiedDirectoryIsCalledThat) {
  fill();
  std::filesystem::remove(path() + "/" + segment_name(manifest_.segments[1]));
  expect_error(segment_name(manifest_.segments[1]) + " is missing, although the manifest names it");
}

}  // namespace
}  // namespace holdfast::journal
