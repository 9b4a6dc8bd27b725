// Every byte that is flipped anywhere in a journal is reported, or changes nothing that can be restored.
#include "journal/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/directory.h"
#include "journal/restore.h"
#include "tests/journal/made_journal.h"
#include "tests/journal/store_fixture.h"

namespace holdfast::journal {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStart = 1'700'000'000'000;

class Verification : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto groups = make_groups(9);
    made_.begin_generation(1000, kStart, kTestReplid);
    made_.add_segment({{groups[0], kStart + 1}, {groups[1], kStart + 2}});
    made_.close_generation();
    made_.begin_generation(5000, kStart + 10, kTestReplid);
    made_.add_segment({{groups[2], kStart + 11}, {groups[3], kStart + 12}, {groups[4], kStart + 13}});
    made_.add_segment({{groups[5], kStart + 14}, {groups[6], kStart + 15}});
  }

  VerificationReport verify() {
    auto archive = read_archive(made_.dir());
    if (!archive.ok()) {
      VerificationReport unreadable;
      unreadable.damage.push_back({made_.dir(), {}, {}, archive.error().message(), {}, {}});
      return unreadable;
    }
    auto report = verify_journal(archive.value(), {});
    EXPECT_TRUE(report.ok()) << report.error().message();
    return report.ok() ? report.value() : VerificationReport();
  }

  std::string all_words() {
    std::string words;
    for (const Finding& finding : verify().damage) words += finding.what + "\n";
    return words;
  }

  MadeJournal made_;
};

TEST_F(Verification, AWholeJournalIsWell) {
  const VerificationReport report = verify();
  EXPECT_EQ(all_words(), "");
  EXPECT_TRUE(report.remarks.empty());
  EXPECT_EQ(report.generations, 2u);
  EXPECT_EQ(report.files, 2u + 2u + 3u);
  EXPECT_EQ(report.groups, 7u);
}

TEST_F(Verification, EveryFlippedByteIsSeenAndNamesItsFile) {
  const std::vector<std::string> names = list_directory(made_.dir()).value();
  for (const std::string& name : names) {
    const std::string path = made_.dir() + "/" + name;
    const std::string content = testing::read_file(path);
    for (size_t at = 0; at < content.size(); ++at) {
      std::string damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      testing::write_file(path, damaged);
      ASSERT_THAT(all_words(), HasSubstr(name)) << name << " at " << at;
    }
    testing::write_file(path, content);
  }
  EXPECT_EQ(all_words(), "");
}

TEST_F(Verification, EachDamageOfASegmentIsReported) {
  const std::string path = made_.segment_path(0);
  std::string content = testing::read_file(path);
  content[content.find("key2")] ^= 1;
  content[content.find("key4")] ^= 1;
  testing::write_file(path, content);
  const VerificationReport report = verify();
  ASSERT_EQ(report.damage.size(), 2u) << all_words();
  EXPECT_EQ(report.damage[0].offset_from, 5000u);
  EXPECT_LT(*report.damage[0].byte, *report.damage[0].byte_end);
  EXPECT_LT(*report.damage[0].offset_end, *report.damage[1].offset_from);
}

TEST_F(Verification, AnInterruptedWriteIsARemark) {
  const std::string path = made_.segment_path(1);
  const std::string content = testing::read_file(path);
  testing::write_file(path, content + command_bytes({"MULTI"}) + "*3\r\n$3\r\nSE");
  const VerificationReport report = verify();
  EXPECT_EQ(all_words(), "");
  ASSERT_EQ(report.remarks.size(), 1u);
  EXPECT_THAT(report.remarks[0], HasSubstr("the beginning of a group"));
}

TEST_F(Verification, EveryTruncatedFileIsSeenButForTheLastSegment) {
  const std::vector<std::string> names = list_directory(made_.dir()).value();
  for (const std::string& name : names) {
    const std::string path = made_.dir() + "/" + name;
    if (path == made_.segment_path(1)) continue;
    const std::string content = testing::read_file(path);
    for (size_t size = 0; size < content.size(); size += 11) {
      testing::write_file(path, content.substr(0, size));
      ASSERT_THAT(all_words(), HasSubstr(name)) << name << " at " << size;
    }
    std::filesystem::remove(path);
    // Without its manifest an earlier generation is not there; its files are strangers.
    ASSERT_TRUE(all_words() != "" || !verify().remarks.empty()) << name;
    testing::write_file(path, content);
  }
}

TEST_F(Verification, AForeignFileIsLeftAlone) {
  testing::write_file(made_.dir() + "/notes.txt", "mine");
  EXPECT_EQ(all_words(), "");
}

}  // namespace
}  // namespace holdfast::journal
