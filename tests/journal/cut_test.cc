// Where a cut lies, and what a restore up to it has: at every offset, time, command, generation and damage.
#include "journal/cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/restore.h"
#include "tests/journal/made_journal.h"
#include "tests/journal/store_fixture.h"

namespace holdfast::journal {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr uint64_t kOffset = 1000;
const std::string kOther = "fedcba9876543210fedcba9876543210fedcba98";

const std::string kSetA = command_bytes({"SET", "a", "1"});
const std::string kPing = command_bytes({"PING"});
const std::string kSelect3 = command_bytes({"SELECT", "3"});
const std::string kTransaction = command_bytes({"MULTI"}) + command_bytes({"INCR", "n"}) +
                                 command_bytes({"INCR", "m"}) + command_bytes({"EXEC"});
const std::string kFlush = command_bytes({"FLUSHALL"});
const std::string kDel = command_bytes({"DEL", "order:0", "order:1"});

class CutTest : public ::testing::Test {
 protected:
  // Two segments; a second is between two groups.
  void fill() {
    made_.begin_generation(kOffset, kStart, kTestReplid);
    made_.add_segment({{kSetA + kTransaction, kStart + 1000}, {kSelect3 + kSetA + kDel, kStart + 2000, 3}});
    made_.add_segment(
        {{kFlush + kPing, kStart + 3000, 3}, {kPing, kStart + 4000, 3}, {kSetA, kStart + 5000, 3}});
    stream_ = kSetA + kTransaction + kSelect3 + kSetA + kDel + kFlush + kPing + kPing + kSetA;
  }

  Result<Cut> find(CutRequest request) {
    request.now_ms = kStart + 1'000'000;
    auto archive = read_archive(made_.dir());
    if (!archive.ok()) return archive.error();
    return find_cut(archive.value(), request);
  }
  static CutRequest at_offset(uint64_t offset) { return {.to = {Moment::Kind::kOffset, offset, 0}}; }
  static CutRequest at_time(int64_t ms) { return {.to = {Moment::Kind::kTime, 0, ms}}; }

  // What a restore of this cut has of the stream.
  std::string restored(const Cut& cut) {
    testing::TempDir out;
    auto report = write_restore(cut, out.file("out"));
    EXPECT_TRUE(report.ok()) << report.error().message();
    return report.ok() ? stream_in(out.file("out") + "/appendonlydir") : "";
  }
  std::string problem(const CutRequest& request) {
    auto cut = find(request);
    return cut.ok() ? "found at " + std::to_string(cut.value().offset) : cut.error().message();
  }

  MadeJournal made_;
  std::string stream_;
};

TEST_F(CutTest, AtEveryOffsetBetweenCommandsAndNeverInATransaction) {
  fill();
  std::vector<uint64_t> boundaries = {0};
  for (const std::string& piece : {kSetA, kTransaction, kSelect3, kSetA, kDel, kFlush, kPing, kPing, kSetA})
    boundaries.push_back(boundaries.back() + piece.size());
  for (uint64_t at = 0; at <= stream_.size(); ++at) {
    uint64_t expected = 0;
    for (const uint64_t boundary : boundaries) expected = boundary <= at ? boundary : expected;
    auto cut = find(at_offset(kOffset + at));
    ASSERT_TRUE(cut.ok()) << cut.error().message();
    ASSERT_EQ(cut.value().offset, kOffset + expected) << at;
    if (expected == at || at % 16 == 0) {
      ASSERT_EQ(restored(cut.value()), stream_.substr(0, expected)) << at;
    }
    ASSERT_EQ(cut.value().db, expected >= boundaries[3] ? 3 : 0) << at;
    ASSERT_EQ(cut.value().remarks.empty(), expected == at) << at;
  }
}

TEST_F(CutTest, AtEveryTime) {
  fill();
  const std::string first = kSetA + kTransaction;
  const std::vector<std::string> upto = {"",
                                         first,
                                         first + kSelect3 + kSetA + kDel,
                                         first + kSelect3 + kSetA + kDel + kFlush + kPing,
                                         first + kSelect3 + kSetA + kDel + kFlush + kPing + kPing,
                                         stream_};
  for (size_t i = 0; i < upto.size(); ++i) {
    for (const int64_t past : {0, 1, 999}) {
      auto cut = find(at_time(kStart + static_cast<int64_t>(i) * 1000 + past));
      ASSERT_TRUE(cut.ok()) << cut.error().message();
      ASSERT_EQ(restored(cut.value()), upto[i]) << i << " and " << past;
    }
  }
}

TEST_F(CutTest, TellsWhatWouldHaveComeNext) {
  fill();
  EXPECT_EQ(find(at_offset(kOffset)).value().next->text(80), "SET a 1");
  EXPECT_EQ(find(at_offset(kOffset + kSetA.size())).value().next->text(80), "INCR n");
  // Over PINGs, in the next groups.
  const auto after_flush = find(at_time(kStart + 3500));
  EXPECT_EQ(after_flush.value().next->text(80), "SET a 1");
  EXPECT_EQ(after_flush.value().next->time_ms, kStart + 5000);
  EXPECT_EQ(after_flush.value().next->db, 3);
  const auto end = find({});
  EXPECT_FALSE(end.value().next);
  EXPECT_TRUE(end.value().at_end);
}

TEST_F(CutTest, BeforeACommand) {
  fill();
  auto cut = find({.before = {"flushall"}});
  ASSERT_TRUE(cut.ok()) << cut.error().message();
  EXPECT_EQ(restored(cut.value()), kSetA + kTransaction + kSelect3 + kSetA + kDel);
  EXPECT_THAT(cut.value().found, HasSubstr("FLUSHALL (occurrence 1 of 1 in generation 1)"));
  EXPECT_EQ(cut.value().next->text(80), "FLUSHALL");
  // An argument anywhere; the last occurrence unless another is asked for.
  EXPECT_EQ(find({.before = {"DEL", "order:1"}}).value().next->text(80), "DEL order:0 order:1");
  EXPECT_EQ(restored(find({.before = {"SET"}}).value()), stream_.substr(0, stream_.size() - kSetA.size()));
  EXPECT_EQ(find({.before = {"SET"}, .occurrence = 1}).value().offset, kOffset);
  EXPECT_EQ(find({.before = {"SET"}, .occurrence = -3}).value().offset, kOffset);
  EXPECT_EQ(find({.before = {"SET"}, .occurrence = 2}).value().offset,
            find({.before = {"SET"}, .occurrence = -2}).value().offset);
  // Up to a moment.
  CutRequest early = at_time(kStart + 4500);
  early.before = {"SET"};
  EXPECT_EQ(restored(find(early).value()), kSetA + kTransaction + kSelect3);
  // In a transaction: before all of it.
  EXPECT_EQ(restored(find({.before = {"INCR", "m"}}).value()), kSetA);
  EXPECT_THAT(find({.before = {"INCR", "m"}}).value().found, HasSubstr("in a transaction"));
}

TEST_F(CutTest, ACommandThatIsNotThere) {
  fill();
  EXPECT_THAT(problem({.before = {"FLUSHDB"}}), HasSubstr("there is no FLUSHDB in"));
  EXPECT_THAT(problem({.before = {"SET", "b"}}), HasSubstr("there is no SET b in"));
  EXPECT_THAT(problem({.before = {"SET"}, .occurrence = 4}), HasSubstr("3 times SET, not 4"));
  EXPECT_THAT(problem({.before = {"EXPIRE"}}), HasSubstr("it is there as PEXPIREAT"));
}

TEST_F(CutTest, MomentsThatAreNotThere) {
  fill();
  EXPECT_THAT(problem(at_time(kStart - 1)), HasSubstr("is before everything that"));
  EXPECT_THAT(problem(at_time(kStart + 1'000'001)), HasSubstr("is in the future"));
  EXPECT_THAT(problem(at_offset(kOffset - 1)), HasSubstr("is before the base of generation 1"));
  EXPECT_THAT(problem(at_offset(made_.offset() + 1)), HasSubstr("is beyond the end of generation 1"));
  EXPECT_THAT(problem({.generation = 7}), HasSubstr("has no generation 7; it has generation 1"));
}

TEST_F(CutTest, OlderGenerations) {
  fill();
  made_.close_generation();
  made_.begin_generation(400, kStart + 60'000, kOther);
  made_.add_segment({{kSetA, kStart + 61'000}});
  // By time: the one whose base is the newest before it, and a word about the gap.
  auto cut = find(at_time(kStart + 2500));
  ASSERT_TRUE(cut.ok()) << cut.error().message();
  EXPECT_EQ(cut.value().generation.manifest.generation, 1u);
  EXPECT_TRUE(cut.value().remarks.empty());
  cut = find(at_time(kStart + 30'000));
  EXPECT_EQ(restored(cut.value()), stream_);
  ASSERT_EQ(cut.value().remarks.size(), 1u);
  EXPECT_THAT(cut.value().remarks[0], HasSubstr("nothing was journaled between"));
  EXPECT_EQ(find(at_time(kStart + 60'000)).value().generation.manifest.generation, 2u);
  // By offset: the newest that has it.
  EXPECT_EQ(find(at_offset(400)).value().generation.manifest.generation, 2u);
  EXPECT_EQ(find(at_offset(kOffset + kSetA.size())).value().generation.manifest.generation, 1u);
  EXPECT_THAT(problem(at_offset(made_.offset() + 1)), HasSubstr("is beyond the end of generation 2"));
  // By command, and by number.
  EXPECT_EQ(find({.before = {"FLUSHALL"}}).value().generation.manifest.generation, 1u);
  EXPECT_EQ(restored(find({.generation = 1}).value()), stream_);
  EXPECT_EQ(restored(find({}).value()), kSetA);
}

TEST_F(CutTest, TheNewestBaseThatIsNotAfterTheMoment) {
  fill();
  const uint64_t compacted = made_.offset();
  made_.add_base();
  const std::string base = made_.base_path();
  made_.add_segment({{kSetA, kStart + 6000, 3}});
  // Restores that begin with the new base have only what is behind it.
  EXPECT_EQ(restored(find({}).value()), kSetA);
  EXPECT_EQ(restored(find(at_time(kStart + 5500)).value()), "");
  EXPECT_EQ(restored(find(at_offset(compacted)).value()), "");
  EXPECT_EQ(restored(find(at_offset(compacted - 1)).value()),
            stream_.substr(0, stream_.size() - kSetA.size()));
  EXPECT_EQ(restored(find(at_time(kStart + 1500)).value()), kSetA + kTransaction);
  EXPECT_EQ(restored(find({.before = {"FLUSHALL"}}).value()), kSetA + kTransaction + kSelect3 + kSetA + kDel);
  // A base that is damaged is not needed while there is one before it.
  testing::write_file(base, "short");
  auto cut = find({});
  ASSERT_TRUE(cut.ok()) << cut.error().message();
  EXPECT_EQ(restored(cut.value()), stream_ + kSetA);
  EXPECT_THAT(cut.value().remarks.at(0), HasSubstr("an earlier base was taken"));
}

TEST_F(CutTest, DamageIsInTheWayUnlessAskedFor) {
  fill();
  const std::string path = made_.segment_path(0);
  std::string content = testing::read_file(path);
  content[content.find("order:0")] ^= 1;
  testing::write_file(path, content);
  // What certainly lies before it needs no word. A damaged group may be older than a time.
  EXPECT_EQ(restored(find(at_offset(kOffset + (kSetA + kTransaction).size())).value()), kSetA + kTransaction);
  EXPECT_EQ(restored(find(at_offset(kOffset + kSetA.size())).value()), kSetA);
  EXPECT_THAT(problem(at_time(kStart + 1500)), HasSubstr("--until-damage"));
  // A cut that is found without reading the damage fails when it is read.
  auto behind = find(at_time(kStart + 3500));
  ASSERT_TRUE(behind.ok());
  testing::TempDir out;
  auto report = write_restore(behind.value(), out.file("out"));
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message(), HasSubstr(path + ": corrupt at byte "));
  EXPECT_THAT(report.error().message(), HasSubstr("--until-damage"));
  EXPECT_FALSE(std::filesystem::exists(out.file("out")));
  EXPECT_THAT(problem({.before = {"FLUSHALL"}}), HasSubstr("--until-damage"));

  auto cut = find({.until_damage = true});
  ASSERT_TRUE(cut.ok()) << cut.error().message();
  EXPECT_EQ(restored(cut.value()), kSetA + kTransaction);
  EXPECT_THAT(cut.value().damage->message(), HasSubstr(path + ": corrupt at byte "));
}

TEST_F(CutTest, AMissingSegmentIsDamage) {
  fill();
  std::filesystem::remove(made_.segment_path(1));
  EXPECT_THAT(problem({}), HasSubstr("is missing, although the manifest names it"));
  EXPECT_EQ(restored(find({.until_damage = true}).value()), kSetA + kTransaction + kSelect3 + kSetA + kDel);
}

TEST_F(CutTest, ALastGroupWithAWrongByteIsNotLeftOutInSilence) {
  fill();
  const std::string path = made_.segment_path(1);
  std::string content = testing::read_file(path);
  content[content.rfind("SET")] ^= 1;
  testing::write_file(path, content);
  EXPECT_THAT(problem({}), HasSubstr("these last"));
  EXPECT_EQ(restored(find({.until_damage = true}).value()), stream_.substr(0, stream_.size() - kSetA.size()));
  // A write that was interrupted is: nobody was told that it is there.
  testing::write_file(path, content.substr(0, content.size() - 20));
  auto cut = find({});
  ASSERT_TRUE(cut.ok()) << cut.error().message();
  EXPECT_EQ(restored(cut.value()), stream_.substr(0, stream_.size() - kSetA.size()));
  EXPECT_THAT(cut.value().remarks.at(0), HasSubstr("were being written"));
}

}  // namespace
}  // namespace holdfast::journal
