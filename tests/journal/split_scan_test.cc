// A segment that two threads read: the answer is that of one, whatever is in the file.
#include "journal/split_scan.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/segment_writer.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

constexpr const char* kLaterReplid = "00000000000000000000000000000000000000aa";

class SplitScan : public ::testing::Test {
 protected:
  // Groups, and a new id behind the group `renamed`.
  std::string write(const std::vector<std::string>& groups, size_t renamed) {
    SegmentHeader header{7, 3, kTestReplid, kTestBaseOffset, 2, 1700000000000, 0x1122334455667788};
    std::filesystem::remove(path());
    auto writer = SegmentWriter::create(FileSystem::real(), path(), header);
    EXPECT_TRUE(writer.ok());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto time_ms = 1700000000000 + static_cast<int64_t>(i);
      EXPECT_TRUE(writer.value()->append_group(groups[i], static_cast<int>(i), time_ms).ok());
      if (i != renamed) continue;
      EXPECT_TRUE(writer.value()->append_id(kLaterReplid).ok());
    }
    writer.value().reset();
    return testing::read_file(path());
  }

  std::string path() const { return dir_.file("segment"); }

  void expect_same(const std::string& content) {
    testing::write_file(path(), content);
    auto file = FileReader::open(path());
    ASSERT_TRUE(file.ok());
    const auto one = scan_segment(*file.value());
    const auto two = scan_segment_in_two(*file.value(), 0);
    ASSERT_EQ(one.ok(), two.ok());
    if (!one.ok()) {
      ASSERT_EQ(one.error().message(), two.error().message());
      return;
    }
    const SegmentScan& a = one.value();
    const SegmentScan& b = two.value();
    ASSERT_EQ(a.header.sequence, b.header.sequence);
    ASSERT_EQ(a.seed, b.seed);
    ASSERT_EQ(a.valid_bytes, b.valid_bytes);
    ASSERT_EQ(a.tail_bytes, b.tail_bytes);
    ASSERT_EQ(a.tail, b.tail);
    ASSERT_EQ(a.tail_problem, b.tail_problem);
    ASSERT_EQ(a.end, b.end);
    ASSERT_EQ(a.replid, b.replid);
    ASSERT_EQ(a.db, b.db);
    ASSERT_EQ(a.time_ms, b.time_ms);
    ASSERT_EQ(a.groups, b.groups);
    ASSERT_EQ(a.commands, b.commands);
    ASSERT_EQ(a.own, b.own);
  }

  testing::TempDir dir_;
};

TEST_F(SplitScan, ANewIdInEitherHalfIsKnown) {
  for (size_t renamed = 0; renamed < 7; ++renamed) {
    SCOPED_TRACE(renamed);
    expect_same(write(make_groups(6), renamed));
  }
}

TEST_F(SplitScan, ATornTailIsFoundAtEveryLength) {
  const std::string content = write(make_groups(5), 2);
  for (size_t size = 0; size < content.size(); ++size) {
    SCOPED_TRACE(size);
    expect_same(content.substr(0, size));
  }
}

TEST_F(SplitScan, EveryFlippedByteIsReportedAsByOne) {
  const std::string content = write(make_groups(4), 1);
  for (size_t at = 0; at < content.size(); ++at) {
    SCOPED_TRACE(at);
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    expect_same(damaged);
  }
}

TEST_F(SplitScan, OneGroupCannotBeSplit) {
  expect_same(write(make_groups(1), 0));
  expect_same(write({}, 0));
}

}  // namespace
}  // namespace holdfast::journal
