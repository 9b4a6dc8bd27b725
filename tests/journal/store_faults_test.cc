// Every file operation of a journal's life fails, one after the other, once and for ever: nothing that was
// acknowledged is lost, and what is on disk is always a journal.
#include <gtest/gtest.h>

#include "journal/restore.h"
#include "journal/store.h"
#include "tests/journal/faulty_files.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

constexpr int kRepairs = 3;

// The life of a journal: a base, groups with rotation and a large one, a second id, a second base.
class Life {
 public:
  Life(FaultyFiles& files, const std::string& dir) : files_(files), dir_(dir), store_(files, dir, 700) {}

  // Goes on where the store stands, as PSYNC would, until all is written or the disk stays broken.
  bool run() {
    for (int attempt = 0; attempt < 10; ++attempt) {
      if (step()) return true;
      for (int repairs = 0; store_.failed(); ++repairs) {
        if (repairs == kRepairs) return false;
        if (store_.repair().ok()) break;
      }
      if (!store_.drop_open_group().ok() && store_.failed()) (void)store_.repair();
    }
    return false;
  }

  uint64_t acknowledged() const { return acknowledged_; }
  static const std::vector<std::string>& groups() {
    static const std::vector<std::string> all = make_groups(14);
    return all;
  }
  static uint64_t end() { return kTestBaseOffset + join(groups()).size(); }

 private:
  bool step() {
    std::vector<std::string> notes;
    if (!store_.is_open() && !store_.open(notes).ok()) return false;
    if (!store_.position() && !adopt_test_base(store_).ok()) return false;
    acknowledged_ = std::max(acknowledged_, store_.position()->offset);
    while (true) {
      // Which group comes next follows from the offset alone.
      uint64_t at = kTestBaseOffset;
      size_t next = 0;
      while (next < groups().size() && at < store_.position()->offset) at += groups()[next++].size();
      EXPECT_EQ(at, store_.position()->offset) << "not at the end of a group";
      if (next == groups().size()) return true;
      const std::string& group = groups()[next];
      if (next == 4 && store_.position()->replid == kTestReplid &&
          !store_.rename_history(std::string(40, '2')).ok())
        return false;
      if (next == 10 && store_.generation() == 1 && !adopt_test_base(store_, store_.position()->offset).ok())
        return false;
      if (next == 7 && !store_.write_part(group.substr(0, 9)).ok()) return false;
      if (!store_.commit(next == 7 ? group.substr(9) : group, 0).ok()) return false;
      acknowledged_ = store_.position()->offset;
    }
  }

  FaultyFiles& files_;
  std::string dir_;
  Store store_;
  uint64_t acknowledged_ = 0;
};

void expect_whole(const std::string& dir, uint64_t acknowledged, const std::string& context,
                  bool with_restore) {
  Store store(FileSystem::real(), dir, 700);
  std::vector<std::string> notes;
  Status opened = store.open(notes);
  ASSERT_TRUE(opened.ok()) << context << opened.error().message();
  if (acknowledged == 0) return;
  ASSERT_TRUE(store.position()) << context;
  ASSERT_GE(store.position()->offset, acknowledged) << context;
  const uint64_t base = store.current()->base.offset;
  const std::string all = join(Life::groups());
  ASSERT_EQ(stream_in(dir), all.substr(base - kTestBaseOffset, store.position()->offset - base)) << context;
  if (!with_restore) return;
  testing::TempDir out;
  auto report = restore_latest(dir, out.file("out"));
  ASSERT_TRUE(report.ok()) << context << report.error().message();
  ASSERT_EQ(report.value().offset, store.position()->offset) << context;
}

void fail_everywhere(bool for_ever, bool after_renaming) {
  uint64_t operation = 1;
  for (;; ++operation) {
    testing::TempDir dir;
    FaultyFiles files;
    files.fail_after_renaming(after_renaming);
    files.fail_at(operation, for_ever);
    uint64_t acknowledged = 0;
    bool done = false;
    {
      Life life(files, dir.file("journal"));
      done = life.run();
      acknowledged = life.acknowledged();
    }
    const std::string context = "operation " + std::to_string(operation) + ": ";
    expect_whole(dir.file("journal"), acknowledged, context, operation % 5 == 0);
    if (::testing::Test::HasFatalFailure()) return;
    if (!for_ever) {
      ASSERT_TRUE(done) << context << "it should have recovered";
      ASSERT_EQ(acknowledged, Life::end()) << context;
    }
    if (files.operations() < operation) break;
  }
  EXPECT_GT(operation, 100u);
}

TEST(StoreFaults, EachOperationFailsOnce) {
  fail_everywhere(false, false);
}
TEST(StoreFaults, EachOperationFailsOnceAndARenameHasHappenedAnyway) {
  fail_everywhere(false, true);
}
TEST(StoreFaults, EachOperationFailsForEver) {
  fail_everywhere(true, false);
}
TEST(StoreFaults, EachOperationFailsForEverAndARenameHasHappenedAnyway) {
  fail_everywhere(true, true);
}

TEST(StoreFaults, AFailedSyncIsFinalForItsFile) {
  testing::TempDir dir;
  FaultyFiles files;
  Store store(files, dir.file("journal"), 1 << 20, false);
  std::vector<std::string> notes;
  ASSERT_TRUE(store.open(notes).ok());
  ASSERT_TRUE(adopt_test_base(store).ok());
  const auto groups = make_groups(3);
  ASSERT_TRUE(store.commit(groups[0], 0).ok());
  const std::string first = last_segment_path(dir.file("journal"));
  const std::string before = testing::read_file(first);
  files.fail_at(files.operations() + 2, false);  // a write, then the sync
  EXPECT_FALSE(store.commit(groups[1], 0).ok());
  EXPECT_TRUE(store.failed());
  EXPECT_EQ(testing::read_file(first), before) << "cut back at once";
  ASSERT_TRUE(store.repair().ok());
  ASSERT_TRUE(store.commit(groups[1], 0).ok());
  EXPECT_NE(last_segment_path(dir.file("journal")), first);
  EXPECT_EQ(testing::read_file(first), before);
  EXPECT_EQ(stream_in(dir.file("journal")), groups[0] + groups[1]);
}

}  // namespace
}  // namespace holdfast::journal
