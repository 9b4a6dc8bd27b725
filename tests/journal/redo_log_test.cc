// The redo log: what it says, and what it makes of a directory after a power cut.
#include "journal/redo_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "journal/crc32c.h"
#include "journal/follower.h"
#include "journal/restore.h"
#include "journal/segment_file.h"
#include "journal/verification.h"
#include "tests/journal/faulty_files.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr RedoPlace kPlace{7, 0x1234abcd, 500};

void append_redo_record(std::string& out, uint64_t lap, const RedoPlace& place, std::string_view bytes) {
  const size_t at = out.size();
  out.resize(at + redo_record_size(bytes.size()), '?');
  write_redo_record(out.data() + at, lap, place, bytes);
}

class RedoRecords : public ::testing::Test {
 protected:
  std::optional<Redo> read(const std::string& content) {
    testing::write_file(dir_.file(std::string(kRedoName)), content);
    auto redo = read_redo(dir_.path());
    EXPECT_TRUE(redo.ok());
    return redo.ok() ? redo.value() : std::nullopt;
  }

  testing::TempDir dir_;
};

TEST_F(RedoRecords, NoFileIsNoRecord) {
  const auto redo = read_redo(dir_.path());
  ASSERT_TRUE(redo.ok());
  EXPECT_FALSE(redo.value());
}

TEST_F(RedoRecords, FollowEachOther) {
  std::string content;
  append_redo_record(content, 3, kPlace, "one");
  append_redo_record(content, 3, {7, 0x1234abcd, 503}, "and two");
  ASSERT_EQ(content.size(), 2 * kBlockBytes);
  content.resize(5 * kBlockBytes, '\0');
  const auto redo = read(content);
  ASSERT_TRUE(redo);
  EXPECT_EQ(redo->place.sequence, 7u);
  EXPECT_EQ(redo->place.seed, 0x1234abcdu);
  EXPECT_EQ(redo->place.from, 500u);
  EXPECT_EQ(redo->bytes, "oneand two");
  EXPECT_EQ(redo->end(), 510u);
}

TEST_F(RedoRecords, EndWhereAnotherLapOrAGapBegins) {
  std::string first;
  append_redo_record(first, 3, kPlace, "one");
  std::string other_lap = first;
  append_redo_record(other_lap, 2, {7, 0x1234abcd, 503}, "two");
  EXPECT_EQ(read(other_lap)->bytes, "one");
  std::string gap = first;
  append_redo_record(gap, 3, {7, 0x1234abcd, 504}, "two");
  EXPECT_EQ(read(gap)->bytes, "one");
}

TEST_F(RedoRecords, ATornOneCountsAtNoLength) {
  std::string content;
  append_redo_record(content, 3, kPlace, "one");
  const size_t first = kRedoHeaderBytes + 3;
  append_redo_record(content, 3, {7, 0x1234abcd, 503}, "and two");
  const size_t second = kBlockBytes + kRedoHeaderBytes + 7;
  for (size_t size = 0; size < content.size(); size += size < 100 || size > kBlockBytes - 100 ? 1 : 97) {
    const auto redo = read(content.substr(0, size));
    ASSERT_EQ(redo.has_value(), size >= first) << size;
    if (redo) {
      ASSERT_EQ(redo->bytes, size >= second ? "oneand two" : "one") << size;
    }
    // The rest of it is what an earlier lap has left there.
    std::string over(content.size(), 'x');
    over.replace(0, size, content, 0, size);
    ASSERT_EQ(read(over).has_value(), size >= first) << size;
  }
}

TEST_F(RedoRecords, AnyChangedByteIsNoticed) {
  std::string content;
  append_redo_record(content, 3, kPlace, "one");
  for (size_t i = 0; i < kRedoHeaderBytes + 3; ++i) {
    std::string changed = content;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_FALSE(read(changed)) << i;
  }
}

TEST_F(RedoRecords, ThoseOfEarlierBuildsFollowEachOtherAtOnce) {
  std::string content;
  uint64_t at = kPlace.from;
  for (const std::string_view bytes : {"one", "and two"}) {
    std::string record;
    append_redo_record(record, 3, {kPlace.sequence, kPlace.seed, at}, bytes);
    record.resize(kRedoHeaderBytes + bytes.size());
    record.replace(0, 8, "HFREDO1\n");
    const uint32_t crc = crc32c(crc32c(0, record.substr(0, kRedoHeaderBytes - 4)), bytes);
    for (size_t i = 0; i < 4; ++i) record[kRedoHeaderBytes - 4 + i] = static_cast<char>(crc >> (8 * i));
    content += record;
    at += bytes.size();
  }
  const auto redo = read(content);
  ASSERT_TRUE(redo);
  EXPECT_EQ(redo->bytes, "oneand two");
}

TEST(FixedFiles, WithoutRoomNoneIsMade) {
  testing::TempDir dir;
  const auto file = FileSystem::real().open_fixed(dir.file("f"), uint64_t{1} << 50);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message(), HasSubstr("needs 1073741824 MiB and leaves 16 MiB free, but only"));
  EXPECT_FALSE(fs::exists(dir.file("f")));
}

// A journal whose process was killed, and then the power failed: of the last segment only what was synced
// is left.
class PowerCut : public ::testing::Test {
 protected:
  void SetUp() override {
    groups_ = make_groups(40);
    store_ = std::make_unique<Store>(files_, live(), 64 << 20);
    ASSERT_TRUE(store_->open(notes_).ok());
    ASSERT_TRUE(adopt_test_base(*store_).ok());
  }

  std::string live() const { return dir_.file("live"); }
  std::string copy() const { return dir_.file("copy"); }
  std::string segment() const { return last_segment_path(copy()); }

  // What is on the disk of `live`, without what a close would add.
  void copy_now() {
    fs::remove_all(copy());
    fs::copy(live(), copy());
    fs::remove(copy() + "/holdfast.lock");
  }
  Redo redo() {
    auto redo = read_redo(copy());
    EXPECT_TRUE(redo.ok() && redo.value());
    return redo.ok() && redo.value() ? *redo.value() : Redo();
  }
  // Answers the offset that a new start finds.
  uint64_t start() {
    notes_.clear();
    Store store(FileSystem::real(), copy(), 1 << 20);
    const Status opened = store.open(notes_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return opened.ok() && store.position() ? store.position()->offset : 0;
  }
  // Of the segments: the made-up base is no RDB.
  VerificationReport verify() {
    auto archive = read_archive(copy());
    EXPECT_TRUE(archive.ok());
    auto report = verify_journal(archive.value(), {});
    EXPECT_TRUE(report.ok());
    if (!report.ok()) return {};
    std::erase_if(report.value().damage,
                  [](const Finding& finding) { return finding.file.ends_with(".rdb"); });
    return report.value();
  }

  testing::TempDir dir_;
  FaultyFiles files_;
  std::vector<std::string> notes_, groups_;
  std::unique_ptr<Store> store_;
};

TEST_F(PowerCut, WhatOnlyTheRedoLogHasIsWrittenAtTheNextStart) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  const uint64_t acknowledged = store_->position()->offset;
  copy_now();
  const std::string whole = testing::read_file(segment());
  const Redo before = redo();
  ASSERT_LT(before.place.from, whole.size() / 2) << "most of it is durable in the redo log alone";
  ASSERT_EQ(before.end(), whole.size());

  for (uint64_t kept = before.place.from; kept < whole.size(); kept += 37) {
    copy_now();
    testing::write_file(segment(), whole.substr(0, kept));
    ASSERT_EQ(start(), acknowledged) << kept;
    ASSERT_EQ(testing::read_file(segment()), whole) << kept;
    ASSERT_THAT(notes_, ::testing::ElementsAre(HasSubstr("anew from holdfast.redo"))) << kept;
    ASSERT_EQ(start(), acknowledged) << kept;
    ASSERT_TRUE(notes_.empty()) << notes_[0];
  }
}

TEST_F(PowerCut, BlocksThatWereNeverWrittenAreMended) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  const uint64_t acknowledged = store_->position()->offset;
  copy_now();
  const std::string whole = testing::read_file(segment());
  const uint64_t from = redo().place.from;
  std::string holes = whole;
  std::fill(holes.begin() + static_cast<std::ptrdiff_t>(from) + 20,
            holes.begin() + static_cast<std::ptrdiff_t>(from) + 300, '\0');
  testing::write_file(segment(), holes);
  const VerificationReport report = verify();
  EXPECT_TRUE(report.damage.empty()) << report.damage[0].what;
  ASSERT_EQ(report.remarks.size(), 1u);
  EXPECT_THAT(report.remarks[0], HasSubstr("as after a power cut; holdfast.redo has what belongs there"));
  EXPECT_EQ(start(), acknowledged);
  EXPECT_EQ(testing::read_file(segment()), whole);
}

TEST_F(PowerCut, AReadOnlyToolSeesAllOfItAndChangesNothing) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  const std::string whole = testing::read_file(segment());
  const std::string kept = whole.substr(0, redo().place.from);
  testing::write_file(segment(), kept);
  EXPECT_EQ(verify().groups, groups_.size());
  const auto restored = restore_latest(copy(), dir_.file("out"));
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(stream_in(dir_.file("out") + "/appendonlydir"), join(groups_));
  EXPECT_EQ(testing::read_file(segment()), kept);
}

TEST_F(PowerCut, WhoFollowsTheJournalSeesWhatOnlyTheRedoLogHas) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  testing::write_file(segment(), testing::read_file(segment()).substr(0, redo().place.from + 1));
  size_t commands = 0;
  Follower follower(copy(), 1, 0, {});
  const auto count = [&commands](const WalkedCommand&) {
    ++commands;
    return Status();
  };
  const Status shown = follower.step(count);
  ASSERT_TRUE(shown.ok()) << shown.error().message();
  const size_t after_the_cut = std::exchange(commands, 0);
  Follower of_the_whole(live(), 1, 0, {});
  ASSERT_TRUE(of_the_whole.step(count).ok());
  EXPECT_EQ(after_the_cut, commands);
  EXPECT_GE(commands, groups_.size());
}

TEST_F(PowerCut, AfterASettleTheSegmentHasAllOfItItself) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  ASSERT_TRUE(store_->settle().ok());
  copy_now();
  const auto redo = read_redo(copy());
  ASSERT_TRUE(redo.ok());
  EXPECT_FALSE(redo.value());
  EXPECT_EQ(start(), kTestBaseOffset + join(groups_).size());
  EXPECT_TRUE(notes_.empty());
}

// It was not forgotten durably, say, before larger groups, which need none, were synced in the segment.
TEST_F(PowerCut, ARedoLogThatSaysLessThanTheSegmentTakesNothingFromIt) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  const Redo stale = redo();
  const std::string log = testing::read_file(copy() + "/" + std::string(kRedoName));
  const std::string large = command_bytes({"SET", "large", std::string(40'000, 'v')});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store_->commit(large, 0).ok());
  const uint64_t acknowledged = store_->position()->offset;
  copy_now();
  testing::write_file(copy() + "/" + std::string(kRedoName), log);
  const std::string whole = testing::read_file(segment());
  std::string changed = whole;
  changed[stale.place.from + 10] = static_cast<char>(changed[stale.place.from + 10] ^ 1);
  testing::write_file(segment(), changed);
  ASSERT_EQ(verify().damage.size(), 1u);
  ASSERT_TRUE(restore_latest(copy(), dir_.file("out")).ok());
  EXPECT_EQ(stream_in(dir_.file("out") + "/appendonlydir"), stream_in(live()));
  EXPECT_EQ(start(), acknowledged);
  EXPECT_EQ(testing::read_file(segment()), whole);
}

TEST_F(PowerCut, AStartForgetsTheRedoLogOfBefore) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  EXPECT_EQ(start(), kTestBaseOffset + join(groups_).size());
  EXPECT_FALSE(fs::exists(copy() + "/" + std::string(kRedoName)));
}

// After a failed sync the system shows what the disk does not have.
TEST_F(PowerCut, AStartWritesTheEndEvenWhereTheFileShowsIt) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  files_.fail_at(files_.operations() + 1, false);
  notes_.clear();
  Store store(files_, copy(), 1 << 20);
  const Status opened = store.open(notes_);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("cannot overwrite " + segment()));
  EXPECT_EQ(start(), kTestBaseOffset + join(groups_).size());
}

TEST_F(PowerCut, AChangedByteIsReportedEvenWhereTheRedoLogKnowsBetter) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  std::string changed = testing::read_file(segment());
  const uint64_t at = redo().place.from + 100;
  changed[at] = static_cast<char>(changed[at] ^ 1);
  testing::write_file(segment(), changed);
  const VerificationReport report = verify();
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].byte, at);
  EXPECT_THAT(report.damage[0].what, HasSubstr("corrupt at byte " + std::to_string(at)));
}

TEST_F(PowerCut, ARedoLogOfAnotherSegmentMeansNothing) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  copy_now();
  const std::string whole = testing::read_file(segment());
  Redo other = redo();
  other.place.seed ^= 1;
  std::string record;
  append_redo_record(record, 1, other.place, std::string(whole.size(), '!'));
  testing::write_file(copy() + "/" + std::string(kRedoName), record);
  EXPECT_EQ(start(), kTestBaseOffset + join(groups_).size());
  EXPECT_EQ(testing::read_file(segment()), whole);
}

TEST_F(PowerCut, ACopyWhoseSegmentIsOlderThanItsRedoLogGoesOnWhereTheSegmentEnds) {
  ASSERT_TRUE(commit_all(*store_, {groups_[0], groups_[1]}).ok());
  copy_now();
  const std::string early = testing::read_file(segment());
  ASSERT_TRUE(store_->settle().ok());
  for (size_t i = 2; i < 6; ++i) ASSERT_TRUE(store_->commit(groups_[i], 0).ok());
  ASSERT_TRUE(store_->settle().ok());
  for (size_t i = 6; i < 9; ++i) ASSERT_TRUE(store_->commit(groups_[i], 0).ok());
  copy_now();
  testing::write_file(segment(), early);
  EXPECT_EQ(start(), kTestBaseOffset + groups_[0].size() + groups_[1].size());
  EXPECT_THAT(notes_, ::testing::ElementsAre(HasSubstr("a copy whose files are of different moments")));
}

TEST_F(PowerCut, LapsFollowEachOtherInOneFileOfFixedSize) {
  const std::string large = command_bytes({"SET", "key", std::string(30'000, 'v')});
  uint64_t written = 0;
  for (; written < 2 * kRedoBytes + 50'000; written += large.size())
    ASSERT_TRUE(store_->commit(large, 0).ok());
  ASSERT_TRUE(commit_all(*store_, {groups_[0], groups_[1]}).ok());
  EXPECT_EQ(fs::file_size(live() + "/" + std::string(kRedoName)), kRedoBytes);
  const uint64_t acknowledged = store_->position()->offset;
  copy_now();
  const std::string whole = testing::read_file(segment());
  const Redo last = redo();
  ASSERT_EQ(last.end(), whole.size());
  testing::write_file(segment(), whole.substr(0, last.place.from));
  EXPECT_EQ(start(), acknowledged);
  EXPECT_EQ(testing::read_file(segment()), whole);
}

TEST_F(PowerCut, WithoutTheRedoLogEveryGroupIsSyncedInItsSegment) {
  store_ = nullptr;
  store_ = std::make_unique<Store>(files_, live(), 1 << 20, false);
  ASSERT_TRUE(store_->open(notes_).ok());
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  EXPECT_FALSE(fs::exists(live() + "/" + std::string(kRedoName)));
}

TEST_F(PowerCut, WithoutRoomForARedoLogTheJournalGoesOnAndSaysWhy) {
  fs::create_directory(live() + "/" + std::string(kRedoName));
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  const auto problem = store_->take_redo_problem();
  ASSERT_TRUE(problem);
  EXPECT_THAT(problem->message(), HasSubstr("cannot open " + live() + "/holdfast.redo"));
  EXPECT_FALSE(store_->take_redo_problem()) << "told once";
  copy_now();
  EXPECT_EQ(start(), kTestBaseOffset + join(groups_).size());
}

TEST_F(PowerCut, ARemovedRedoLogIsMadeAnew) {
  ASSERT_TRUE(store_->commit(groups_[0], 0).ok());
  ASSERT_TRUE(store_->commit(groups_[1], 0).ok());
  fs::remove(live() + "/" + std::string(kRedoName));
  ASSERT_TRUE(store_->settle().ok());
  ASSERT_TRUE(store_->commit(groups_[2], 0).ok());
  copy_now();
  EXPECT_EQ(redo().end(), fs::file_size(segment()));
}

// The system drops pages that it could not write, and shows what it likes.
TEST_F(PowerCut, WhatAFailedSyncOfTheSegmentMayHaveLostIsWrittenAnew) {
  ASSERT_TRUE(commit_all(*store_, groups_).ok());
  const uint64_t acknowledged = store_->position()->offset;
  const std::string path = last_segment_path(live());
  const std::string whole = testing::read_file(path);
  copy_now();
  const uint64_t from = redo().place.from;
  files_.fail_at(files_.operations() + 1, false);
  ASSERT_FALSE(store_->settle().ok());
  ASSERT_TRUE(store_->failed());
  EXPECT_EQ(fs::file_size(path), from) << "no more is to be believed";
  std::string lost = whole.substr(0, from) + std::string(whole.size() - from, '?');
  testing::write_file(path, lost);
  ASSERT_TRUE(store_->repair().ok());
  EXPECT_EQ(testing::read_file(path), whole);
  EXPECT_EQ(store_->position()->offset, acknowledged);
  ASSERT_TRUE(store_->commit(groups_[0], 0).ok());
}

TEST_F(PowerCut, AGroupWhoseRedoRecordCouldNotBeSyncedIsNotTakenForDurable) {
  ASSERT_TRUE(commit_all(*store_, {groups_[0], groups_[1], groups_[2]}).ok());
  const uint64_t acknowledged = store_->position()->offset;
  // The third operation of a commit: the group, its record, the sync.
  files_.fail_at(files_.operations() + 3, false);
  ASSERT_FALSE(store_->commit(groups_[3], 0).ok());
  copy_now();
  EXPECT_EQ(start(), acknowledged);
  ASSERT_TRUE(store_->repair().ok());
  EXPECT_FALSE(fs::exists(live() + "/" + std::string(kRedoName))) << "no start may bring it back";
  ASSERT_TRUE(store_->commit(groups_[3], 0).ok());
  EXPECT_EQ(stream_in(live()), groups_[0] + groups_[1] + groups_[2] + groups_[3]);
}

}  // namespace
}  // namespace holdfast::journal
