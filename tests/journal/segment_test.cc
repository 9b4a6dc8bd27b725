// One segment, damaged in every way: what is torn is cut, what is corrupt is never taken for torn.
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/segment_reader.h"
#include "journal/segment_writer.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

class Segment : public ::testing::Test {
 protected:
  // A segment of `groups`; ends_[i] is where group i's record ends in the file, starting with the header.
  void write(const std::vector<std::string>& groups) {
    SegmentHeader header{7, 3, kTestReplid, kTestBaseOffset, 2, 1700000000000, 0x1122334455667788};
    auto writer = SegmentWriter::create(FileSystem::real(), path(), header);
    ASSERT_TRUE(writer.ok()) << writer.error().message();
    ends_ = {writer.value()->bytes()};
    for (const std::string& group : groups) {
      const auto time_ms = 1700000000000 + static_cast<int64_t>(ends_.size());
      ASSERT_TRUE(writer.value()->append_group(group, 4, time_ms).ok());
      ends_.push_back(writer.value()->bytes());
    }
    writer.value().reset();
    content_ = testing::read_file(path());
    ASSERT_EQ(content_.size(), ends_.back());
  }

  std::string path() const { return dir_.file("segment"); }

  Result<SegmentScan> scan(const std::string& content, const ScanOptions& options = {}) {
    testing::write_file(path(), content);
    auto file = FileReader::open(path());
    EXPECT_TRUE(file.ok());
    return scan_segment(*file.value(), options);
  }

  testing::TempDir dir_;
  std::string content_;
  std::vector<uint64_t> ends_;
};

TEST_F(Segment, ReadsBackWhatWasWritten) {
  const auto groups = make_groups(5);
  write(groups);
  auto result = scan(content_);
  ASSERT_TRUE(result.ok()) << result.error().message();
  const SegmentScan& found = result.value();
  EXPECT_EQ(found.valid_bytes, content_.size());
  EXPECT_EQ(found.tail_bytes, 0u);
  EXPECT_EQ(found.end, kTestBaseOffset + join(groups).size());
  EXPECT_EQ(found.groups, 5u);
  EXPECT_EQ(found.commands, 12u);
  EXPECT_EQ(found.db, 4);
  EXPECT_EQ(found.time_ms, 1700000000005);
  EXPECT_EQ(found.replid, kTestReplid);
}

TEST_F(Segment, ATornTailIsCutAtEveryLength) {
  write(make_groups(4));
  for (size_t size = 0; size < content_.size(); ++size) {
    auto result = scan(content_.substr(0, size));
    if (size < ends_[0]) {
      ASSERT_EQ(result.error().code(), ErrorCode::kCorrupt) << "no header, at " << size;
      continue;
    }
    ASSERT_TRUE(result.ok()) << size << ": " << result.error().message();
    size_t whole = 0;
    while (whole + 1 < ends_.size() && ends_[whole + 1] <= size) ++whole;
    ASSERT_EQ(result.value().groups, whole) << size;
    ASSERT_EQ(result.value().valid_bytes, ends_[whole]) << size;
    ASSERT_EQ(result.value().tail_bytes, size - ends_[whole]) << size;
  }
}

TEST_F(Segment, EveryFlippedByteIsSeen) {
  write(make_groups(3));
  for (size_t at = 0; at < content_.size(); ++at) {
    for (const int bits : {0x01, 0xa0}) {
      std::string damaged = content_;
      damaged[at] = static_cast<char>(damaged[at] ^ bits);
      auto result = scan(damaged);
      if (at < ends_[2]) {
        ASSERT_FALSE(result.ok()) << "at " << at;
        ASSERT_EQ(result.error().code(), ErrorCode::kCorrupt);
        // The message names the file and the group.
        const size_t group = at < ends_[0] ? 0 : at < ends_[1] ? ends_[0] : ends_[1];
        if (at >= ends_[0]) {
          ASSERT_NE(result.error().message().find(path() + ": corrupt at byte " + std::to_string(group)),
                    std::string::npos)
              << result.error().message();
        }
      } else {
        // In the last group damage and an interrupted write look alike; it does not count either way.
        ASSERT_TRUE(result.ok()) << result.error().message();
        ASSERT_EQ(result.value().valid_bytes, ends_[2]) << "at " << at;
      }
    }
  }
}

TEST_F(Segment, ZeroesAfterACrashAreATornTail) {
  write(make_groups(3));
  auto result = scan(content_.substr(0, ends_[2] + 10) + std::string(100'000, '\0'));
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result.value().valid_bytes, ends_[2]);
}

TEST_F(Segment, AMissingGroupIsCorruption) {
  write(make_groups(4));
  auto result = scan(content_.substr(0, ends_[1]) + content_.substr(ends_[2]));
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  result = scan(content_.substr(0, ends_[2]) + content_.substr(ends_[1]));
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt) << "one twice";
}

TEST_F(Segment, ARecordOfAnotherFileIsNotTakenForOurs) {
  write(make_groups(2));
  const std::string ours = content_;
  std::filesystem::remove(path());
  SegmentHeader header{7, 3, kTestReplid, kTestBaseOffset, 2, 1700000000000, 42};
  auto other = SegmentWriter::create(FileSystem::real(), path(), header);
  const uint64_t header_bytes = other.value()->bytes();
  ASSERT_TRUE(other.value()->append_group(make_groups(1)[0], 0, 1700000000009).ok());
  const std::string theirs = testing::read_file(path());
  // A torn group, then the blocks of a deleted file: nothing in them is ours.
  auto result = scan(ours.substr(0, ends_[1] + 5) + theirs.substr(header_bytes));
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result.value().valid_bytes, ends_[1]);
}

TEST_F(Segment, StopsWhereTheNextOneBegins) {
  const auto groups = make_groups(4);
  write(groups);
  ScanOptions options;
  options.stop_at = kTestBaseOffset + groups[0].size() + groups[1].size();
  auto result = scan(content_ + "garbage of a failed write", options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().valid_bytes, ends_[2]);
  options.stop_at += 1;
  EXPECT_EQ(scan(content_, options).error().code(), ErrorCode::kCorrupt) << "not the end of a group";
}

TEST_F(Segment, GivesTheWholeFileToTheSink) {
  write({command_bytes({"SET", "large", std::string(3 << 20, 'x')}), make_groups(1)[0]});
  std::string seen;
  ScanOptions options;
  options.sink = [&](std::string_view bytes) -> Status {
    seen += bytes;
    return {};
  };
  ASSERT_TRUE(scan(content_, options).ok());
  EXPECT_EQ(seen, content_);
  seen.clear();
  ASSERT_TRUE(scan(content_ + "torn", options).ok());
  EXPECT_EQ(seen, content_ + "torn");
}

TEST_F(Segment, FindsTheRecordAfterDamageInALargeGroup) {
  write({command_bytes({"SET", "a", std::string(3 << 20, 'x')}),
         command_bytes({"SET", "b", std::string(2 << 20, 'y')}), make_groups(1)[0]});
  std::string damaged = content_;
  damaged[ends_[1] + (1 << 20)] = 'z';
  EXPECT_EQ(scan(damaged).error().code(), ErrorCode::kCorrupt);
  // A length that swallows everything behind it.
  damaged = content_;
  const size_t length = damaged.find("$3145728", ends_[0]);
  damaged[length + 1] = '9';
  EXPECT_EQ(scan(damaged).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace holdfast::journal
