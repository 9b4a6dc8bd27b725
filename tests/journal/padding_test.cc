// Room ahead of a segment that is being written: at every moment a loader can read the file to its end, and
// our own reader sees what it would see without it.
#include "journal/padding.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/manifest.h"
#include "journal/segment_reader.h"
#include "journal/segment_writer.h"
#include "resp/command_framer.h"
#include "tests/journal/faulty_files.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

// What Redis's loader makes of a file: the number of its commands, or -1.
int commands_for_a_loader(std::string_view bytes) {
  int commands = 0;
  resp::CommandFramer framer;
  for (size_t at = 0; at < bytes.size();) {
    if (framer.at_boundary() && bytes[at] == '#') {
      const size_t newline = bytes.substr(at, 1023).find('\n');
      if (newline == std::string_view::npos) return -1;
      at += newline + 1;
      continue;
    }
    if (framer.at_boundary() && bytes[at] != '*') return -1;
    size_t consumed = 0;
    const auto outcome = framer.feed(bytes.data() + at, bytes.size() - at, consumed);
    at += consumed;
    if (outcome == resp::CommandFramer::Outcome::kError) return -1;
    if (outcome == resp::CommandFramer::Outcome::kCommand) ++commands;
  }
  return framer.at_boundary() ? commands : -1;
}

TEST(Padding, IsLinesThatBeginWithAHashFromAnyOffset) {
  for (uint64_t from = 0; from < 2 * kPaddingLineBytes; ++from) {
    const std::string padding = make_padding(from, 1500);
    EXPECT_GE(padding.size(), 1500u);
    EXPECT_EQ((from + padding.size()) % kPaddingLineBytes, 0u);
    EXPECT_EQ(commands_for_a_loader(padding), 0) << from;
    EXPECT_EQ(padding.back(), '\n');
    EXPECT_EQ(end_of_content(padding, from), std::nullopt);
    EXPECT_EQ(end_of_content("*1\r\n$4\r\nPING\r\n" + padding, from), from + 14) << from;
  }
}

TEST(Padding, ATornEndIsNotMadeLonger) {
  EXPECT_EQ(end_of_content("\r\n$5\r\nab###\n", 0), 8u);
  EXPECT_EQ(end_of_content("$5\r##", 100), 103u);
}

class PaddedSegment : public ::testing::Test {
 protected:
  std::string path() const { return dir_.file(segment_name(7)); }
  SegmentHeader header() const {
    return {7, 3, kTestReplid, kTestBaseOffset, 2, 1700000000000, 0x1122334455667788};
  }
  static std::string group(size_t value_bytes) {
    return command_bytes({"SET", "key", std::string(value_bytes, '#')});
  }
  SegmentScan scan() {
    auto file = FileReader::open(path());
    EXPECT_TRUE(file.ok());
    auto result = scan_segment(*file.value());
    EXPECT_TRUE(result.ok()) << result.error().message();
    return result.ok() ? result.value() : SegmentScan();
  }

  testing::TempDir dir_;
};

// Sizes grow by one, so that records end at every place of a line.
TEST_F(PaddedSegment, CanBeReadAfterEveryGroup) {
  auto made = SegmentWriter::create(FileSystem::real(), path(), header());
  ASSERT_TRUE(made.ok());
  SegmentWriter& writer = *made.value();
  bool was_padded = false;
  for (int i = 1; i <= 1200; ++i) {
    ASSERT_TRUE(writer.append_group(group(static_cast<size_t>(i) % 700), 2, 1700000000000).ok());
    if (i % 5 == 0) {
      ASSERT_TRUE(writer.append_id(kTestReplid).ok());
    }
    const std::string bytes = testing::read_file(path());
    was_padded |= bytes.size() > writer.bytes();
    ASSERT_EQ(commands_for_a_loader(bytes), i + 1) << "group " << i << " ends at " << writer.bytes();
    const SegmentScan found = scan();
    ASSERT_EQ(found.valid_bytes, writer.bytes());
    ASSERT_EQ(found.tail_bytes, 0u);
    ASSERT_EQ(found.groups, static_cast<uint64_t>(i));
  }
  EXPECT_TRUE(was_padded);
  const uint64_t size = writer.bytes();
  made.value().reset();
  EXPECT_EQ(std::filesystem::file_size(path()), size) << "a closed segment has no padding";
}

TEST_F(PaddedSegment, GoesOnAfterACrash) {
  auto made = SegmentWriter::create(FileSystem::real(), path(), header());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(made.value()->append_group(group(10), 2, 1700000000000).ok());
  const std::string with_padding = testing::read_file(path());
  made.value().reset();
  testing::write_file(path(), with_padding);

  const SegmentScan found = scan();
  EXPECT_EQ(found.tail_bytes, 0u);
  auto resumed = SegmentWriter::resume(FileSystem::real(), path(), found);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ(std::filesystem::file_size(path()), found.valid_bytes);
  ASSERT_TRUE(resumed.value()->append_group(group(10), 2, 1700000000000).ok());
  EXPECT_EQ(scan().groups, 21u);
}

// A write that a crash has cut short, at every length.
TEST_F(PaddedSegment, AGroupThatWasOverwrittenInPartIsTorn) {
  auto made = SegmentWriter::create(FileSystem::real(), path(), header());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(made.value()->append_group(group(10), 2, 1700000000000).ok());
  const uint64_t before = made.value()->bytes();
  const std::string old_bytes = testing::read_file(path());
  ASSERT_TRUE(made.value()->append_group(group(700), 2, 1700000000000).ok());
  const uint64_t after = made.value()->bytes();
  const std::string new_bytes = testing::read_file(path());
  made.value().reset();
  for (uint64_t at = before; at < after; ++at) {
    testing::write_file(path(), new_bytes.substr(0, at) + old_bytes.substr(at));
    const SegmentScan found = scan();
    ASSERT_EQ(found.groups, 20u) << at;
    ASSERT_EQ(found.valid_bytes, before) << at;
  }
}

TEST_F(PaddedSegment, LargeGroupsAreNotPadded) {
  auto made = SegmentWriter::create(FileSystem::real(), path(), header());
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(made.value()->append_group(group(100'000), 2, 1700000000000).ok());
    ASSERT_EQ(std::filesystem::file_size(path()), made.value()->bytes());
  }
}

TEST_F(PaddedSegment, ADiskWithoutRoomForRoomIsNoFailure) {
  FaultyFiles files;
  auto made = SegmentWriter::create(files, path(), header());
  ASSERT_TRUE(made.ok());
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(made.value()->append_group(group(10), 2, 1700000000000).ok());
  files.fail_at(files.operations() + 2, false);  // behind the 8th group: its room
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(made.value()->append_group(group(10), 2, 1700000000000).ok());
    ASSERT_EQ(scan().groups, static_cast<uint64_t>(8 + i));
  }
}

}  // namespace
}  // namespace holdfast::journal
