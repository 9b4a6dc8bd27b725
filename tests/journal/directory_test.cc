// What is found when a journal is opened, and what each damage is called.
#include "journal/directory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/store.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

class DirectoryTest : public ::testing::Test {
 protected:
  // Three segments of the current generation and one old generation.
  void fill() {
    Store store(FileSystem::real(), path(), 300);
    std::vector<std::string> notes;
    ASSERT_TRUE(store.open(notes).ok());
    ASSERT_TRUE(adopt_test_base(store, 10).ok());
    ASSERT_TRUE(commit_all(store, make_groups(2)).ok());
    ASSERT_TRUE(adopt_test_base(store).ok());
    ASSERT_TRUE(commit_all(store, make_groups(6)).ok());
    manifest_ = *store.current();
    ASSERT_GE(manifest_.segments.size(), 3u);
  }

  std::string path() const { return dir_.file("journal"); }
  std::string file(const std::string& name) const { return path() + "/" + name; }
  std::string segment(size_t i) const { return file(segment_name(manifest_.segments[i])); }

  void expect_error(ErrorCode code, const std::string& part) {
    auto opened = open_directory(FileSystem::real(), path());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), code);
    EXPECT_NE(opened.error().message().find(part), std::string::npos) << opened.error().message();
  }

  testing::TempDir dir_;
  Manifest manifest_;
};

TEST_F(DirectoryTest, AForeignDirectoryIsLeftAlone) {
  std::filesystem::create_directory(path());
  testing::write_file(file("appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n");
  testing::write_file(file("appendonly.aof.1.incr.aof"), "data");
  expect_error(ErrorCode::kInvalid, "was not written by Holdfast; choose another directory");
  std::filesystem::remove(file("appendonly.aof.manifest"));
  expect_error(ErrorCode::kInvalid, "but no appendonly.aof.manifest");
  EXPECT_EQ(testing::read_file(file("appendonly.aof.1.incr.aof")), "data");
}

TEST_F(DirectoryTest, OtherFilesDoNotMatter) {
  std::filesystem::create_directory(path());
  testing::write_file(file("README"), "mine");
  EXPECT_TRUE(open_directory(FileSystem::real(), path()).ok());
  EXPECT_EQ(testing::read_file(file("README")), "mine");
}

TEST_F(DirectoryTest, ParentsAreMade) {
  EXPECT_TRUE(open_directory(FileSystem::real(), dir_.file("a/b/c")).ok());
}

TEST_F(DirectoryTest, ADirectoryThatCannotBeMadeIsNamed) {
  testing::write_file(path(), "a file");
  expect_error(ErrorCode::kIo, "cannot create the journal directory " + path());
}

TEST_F(DirectoryTest, HeldByAnother) {
  auto first = open_directory(FileSystem::real(), path());
  ASSERT_TRUE(first.ok());
  expect_error(ErrorCode::kUnavailable,
               "is in use by another holdfast (pid " + std::to_string(getpid()) + ")");
}

TEST_F(DirectoryTest, AMissingSegmentIsNamed) {
  fill();
  std::filesystem::remove(segment(1));
  expect_error(ErrorCode::kIo, segment(1));
}

TEST_F(DirectoryTest, SwappedSegmentsAreCorruption) {
  fill();
  std::filesystem::copy_file(segment(0), segment(1), std::filesystem::copy_options::overwrite_existing);
  expect_error(ErrorCode::kCorrupt, segment(0));
}

TEST_F(DirectoryTest, ABaseOfAnotherSizeIsCorruption) {
  fill();
  testing::write_file(file(base_name(manifest_.base.sequence)), "short");
  expect_error(ErrorCode::kCorrupt, base_name(manifest_.base.sequence));
}

TEST_F(DirectoryTest, AnEarlierSegmentThatLostItsEndIsCorruption) {
  fill();
  const std::string content = testing::read_file(segment(0));
  testing::write_file(segment(0), content.substr(0, content.size() - 1));
  expect_error(ErrorCode::kCorrupt, segment(0));
}

TEST_F(DirectoryTest, DamageInTheLastSegmentIsNotCutAway) {
  fill();
  Store store(FileSystem::real(), path(), 1 << 20);
  std::vector<std::string> notes;
  ASSERT_TRUE(store.open(notes).ok());
  ASSERT_TRUE(commit_all(store, make_groups(3)).ok());
  store.close();
  const std::string last = last_segment_path(path());
  std::string content = testing::read_file(last);
  content[content.size() / 2] ^= 1;
  testing::write_file(last, content);
  expect_error(ErrorCode::kCorrupt, last + ": corrupt at byte ");
  EXPECT_EQ(testing::read_file(last), content) << "left as it is";
}

TEST_F(DirectoryTest, ALastSegmentWithoutItsFirstGroupIsCorruption) {
  fill();
  uint32_t seed = 0;
  uint64_t header_bytes = 0;
  const std::string last = last_segment_path(path());
  ASSERT_TRUE(read_segment_header(*FileReader::open(last).value(), seed, &header_bytes).ok());
  testing::write_file(last, testing::read_file(last).substr(0, header_bytes + 20));
  expect_error(ErrorCode::kCorrupt, "its first group is damaged or missing");
}

TEST_F(DirectoryTest, WhatAFailedWriteLeftBeforeTheNextSegmentIsCut) {
  fill();
  const std::string whole = testing::read_file(segment(0));
  for (const std::string& excess : {std::string("garbage"), make_groups(1)[0], std::string(5000, '\0')}) {
    testing::write_file(segment(0), whole + excess);
    auto opened = open_directory(FileSystem::real(), path());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_EQ(testing::read_file(segment(0)), whole);
    ASSERT_EQ(opened.value().notes.size(), 1u);
  }
}

TEST_F(DirectoryTest, LeftoversAreRemovedAndOldGenerationsAreNot) {
  fill();
  const std::string names[] = {base_name(90),
                               segment_name(91),
                               "holdfast.base.part",
                               "holdfast.probe",
                               "appendonly.aof.manifest.tmp",
                               generation_name(7) + ".tmp"};
  for (const std::string& name : names) testing::write_file(file(name), "half");
  auto opened = open_directory(FileSystem::real(), path());
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  for (const std::string& name : names) EXPECT_FALSE(std::filesystem::exists(file(name))) << name;
  ASSERT_EQ(opened.value().old_generations.size(), 1u);
  for (const uint64_t sequence : opened.value().old_generations[0].segments)
    EXPECT_TRUE(std::filesystem::exists(file(segment_name(sequence))));
  EXPECT_EQ(opened.value().next_sequence, 92u) << "a number is never used twice";
}

TEST_F(DirectoryTest, ADamagedOldManifestStopsTheCleaning) {
  fill();
  testing::write_file(file(generation_name(1)), "damaged");
  expect_error(ErrorCode::kInvalid, generation_name(1));
}

}  // namespace
}  // namespace holdfast::journal
