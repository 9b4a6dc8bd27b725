// Several bases in one generation: where a cut is, what a new base changes, what a crash or a failed write
// leaves, and what retention takes away. With a made-up stream and made-up bases; compaction_test.cc has real
// ones.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/clock.h"
#include "journal/retention.h"
#include "journal/store.h"
#include "tests/journal/faulty_files.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

const std::string kNewBase = "REDIS0010 a newer one";

// The store's own directory; `adopt` as the journal thread does it after a compaction.
class StretchesTest : public ::testing::Test {
 protected:
  void SetUp() override { open(store_); }

  static void open(Store& store) {
    std::vector<std::string> notes;
    Status opened = store.open(notes);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
  }

  std::string path() const { return dir_.file("journal"); }

  Status adopt(Store& store, const Store::Cut& cut) {
    const std::string file = path() + "/made";
    testing::write_file(file, kNewBase);
    return store.adopt_compacted(cut, file, kNewBase.size(), 7);
  }

  // A base, `groups` of the stream, and a new base at their end.
  void compact_after(const std::vector<std::string>& groups) {
    ASSERT_TRUE(commit_all(store_, groups).ok());
    const auto cut = store_.cut();
    ASSERT_TRUE(cut);
    Status adopted = adopt(store_, *cut);
    ASSERT_TRUE(adopted.ok()) << adopted.error().message();
  }

  testing::TempDir dir_;
  Store store_{FileSystem::real(), dir_.file("journal"), 300};
};

TEST_F(StretchesTest, TheStreamGoesOnInANewSegmentFromTheCut) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  EXPECT_FALSE(store_.cut()) << "nothing is behind the base";
  const auto groups = make_groups(12);
  ASSERT_TRUE(commit_all(store_, {groups.begin(), groups.begin() + 6}).ok());
  const auto cut = store_.cut();
  ASSERT_TRUE(cut);
  const uint64_t at_cut = store_.position()->offset;
  EXPECT_EQ(cut->position.offset, at_cut);
  // Written while the new base is being made.
  ASSERT_TRUE(commit_all(store_, {groups.begin() + 6, groups.end()}).ok());
  ASSERT_TRUE(adopt(store_, *cut).ok());

  const Manifest& manifest = *store_.current();
  ASSERT_EQ(manifest.earlier.size(), 1u);
  EXPECT_EQ(manifest.base.offset, at_cut);
  EXPECT_EQ(manifest.generation, 1u);
  EXPECT_EQ(manifest.earlier[0].base.offset, kTestBaseOffset);
  EXPECT_EQ(manifest.earlier[0].segments, cut->manifest.segments);
  EXPECT_EQ(stream_in(path()), join({groups.begin() + 6, groups.end()}));
  const Position position = *store_.position();
  const Manifest written = manifest;
  store_.close();

  Store again(FileSystem::real(), path(), 300);
  open(again);
  EXPECT_EQ(again.position()->offset, position.offset);
  EXPECT_EQ(*again.current(), written);
  ASSERT_TRUE(commit_all(again, groups).ok());
  EXPECT_EQ(stream_in(path()), join({groups.begin() + 6, groups.end()}) + join(groups));
}

TEST_F(StretchesTest, ACommandInPartsMayStraddleTheCut) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  const auto groups = make_groups(3);
  ASSERT_TRUE(store_.commit(groups[0], 0).ok());
  ASSERT_TRUE(store_.write_part(groups[1].substr(0, 10)).ok());
  const auto cut = store_.cut();
  ASSERT_TRUE(cut);
  ASSERT_TRUE(adopt(store_, *cut).ok());
  ASSERT_TRUE(store_.commit(groups[1].substr(10), 0).ok());
  EXPECT_EQ(stream_in(path()), groups[1]);
  store_.close();
  Store again(FileSystem::real(), path(), 300);
  open(again);
  EXPECT_EQ(again.current()->earlier.size(), 1u);
}

// The stream says SELECT only when the database changes.
TEST_F(StretchesTest, TheDatabaseAtTheCutIsKnownAfterARestart) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  ASSERT_TRUE(store_.commit(make_groups(1)[0], 7).ok());
  const auto cut = store_.cut();
  ASSERT_TRUE(adopt(store_, *cut).ok());
  store_.close();
  Store again(FileSystem::real(), path(), 300);
  open(again);
  EXPECT_TRUE(again.current()->segments.empty());
  EXPECT_EQ(again.db(), 7);
}

TEST_F(StretchesTest, AnotherIdAtTheCutIsKnownBehindIt) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  const auto groups = make_groups(2);
  ASSERT_TRUE(store_.commit(groups[0], 0).ok());
  const auto cut = store_.cut();
  const std::string other(40, 'a');
  ASSERT_TRUE(store_.rename_history(other).ok());
  ASSERT_TRUE(adopt(store_, *cut).ok());
  ASSERT_TRUE(store_.commit(groups[1], 0).ok());
  store_.close();
  Store again(FileSystem::real(), path(), 300);
  open(again);
  EXPECT_EQ(again.position()->replid, other);
}

TEST_F(StretchesTest, ACutMeansNothingAfterAnotherBaseOrAnotherStart) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  ASSERT_TRUE(commit_all(store_, make_groups(3)).ok());
  const auto cut = store_.cut();
  ASSERT_TRUE(adopt_test_base(store_, 5000).ok());
  EXPECT_EQ(adopt(store_, *cut).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(commit_all(store_, make_groups(3)).ok());
  const auto second = store_.cut();
  store_.close();
  open(store_);
  ASSERT_TRUE(commit_all(store_, make_groups(3)).ok()) << "behind the cut, in the same segment";
  EXPECT_EQ(adopt(store_, *second).error().code(), ErrorCode::kUnavailable);
}

TEST_F(StretchesTest, RetentionTakesStretchByStretchAndTheNewestStays) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  compact_after(make_groups(5));
  ASSERT_TRUE(adopt_test_base(store_, 9000).ok());
  compact_after(make_groups(5));
  compact_after(make_groups(5));
  ASSERT_TRUE(commit_all(store_, make_groups(5)).ok());
  ASSERT_EQ(store_.old_generations().size(), 1u);
  const std::string stream = stream_in(path());

  const config::Retention nothing{std::nullopt, 1};
  const config::Retention day{24 * 3600 * 1000, std::nullopt};
  Removed removed;
  ASSERT_TRUE(apply_retention(store_, day, unix_ms(), removed).ok());
  EXPECT_TRUE(removed.notes.empty());
  const uint64_t before = measure_disk_use(path()).bytes;
  const config::Retention a_little_less{std::nullopt, before - 1};
  ASSERT_TRUE(apply_retention(store_, a_little_less, unix_ms(), removed).ok());
  ASSERT_EQ(removed.notes.size(), 1u);
  EXPECT_NE(removed.notes[0].find("removed the oldest part of generation 1"), std::string::npos)
      << removed.notes[0];
  EXPECT_EQ(store_.old_generations()[0].stretches().size(), 1u);

  ASSERT_TRUE(apply_retention(store_, nothing, unix_ms(), removed).ok());
  ASSERT_EQ(removed.notes.size(), 3u) << "somebody may be reading the stretch that was the newest until now";
  ASSERT_TRUE(apply_retention(store_, nothing, unix_ms() + kReaderMs + 1'000, removed).ok());
  ASSERT_EQ(removed.notes.size(), 4u);
  EXPECT_NE(removed.notes[1].find("removed generation 1"), std::string::npos) << removed.notes[1];
  EXPECT_NE(removed.notes[3].find("removed the oldest part of generation 2"), std::string::npos);
  EXPECT_EQ(stream_in(path()), stream);
  // Bytes of manifests are not counted as removed.
  EXPECT_LE(measure_disk_use(path()).bytes + removed.bytes, before);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path())) ++files;
  EXPECT_EQ(files, 1 + 1 + 1 + store_.current()->segments.size()) << "lock, manifest, base, segments";
  EXPECT_EQ(oldest_restorable_ms(store_), store_.current()->base.time_ms);
}

TEST_F(StretchesTest, ByAgeAStretchGoesWhenTheNextBaseIsTooOld) {
  ASSERT_TRUE(adopt_test_base(store_).ok());
  compact_after(make_groups(5));
  const int64_t next_base_ms = store_.current()->base.time_ms;
  const config::Retention hour{3600 * 1000, std::nullopt};
  Removed removed;
  ASSERT_TRUE(apply_retention(store_, hour, next_base_ms + 3600 * 1000, removed).ok());
  EXPECT_TRUE(removed.notes.empty()) << "the last moment within the hour needs it";
  ASSERT_TRUE(apply_retention(store_, hour, next_base_ms + 3600 * 1000 + 1, removed).ok());
  EXPECT_EQ(removed.notes.size(), 1u);
}

// Whatever fails on the way, once or for ever, the directory has the old base or the new one, and the stream
// is whole.
TEST(StretchesFaults, EachOperationOfAdoptingFails) {
  for (const bool for_ever : {false, true}) {
    for (const bool renamed : {false, true}) {
      for (uint64_t operation = 1; operation < 12; ++operation) {
        testing::TempDir dir;
        const std::string path = dir.file("journal");
        const auto groups = make_groups(6);
        FaultyFiles files;
        bool adopted = false;
        {
          Store store(files, path, 300);
          std::vector<std::string> notes;
          ASSERT_TRUE(store.open(notes).ok());
          ASSERT_TRUE(adopt_test_base(store).ok());
          ASSERT_TRUE(commit_all(store, {groups.begin(), groups.begin() + 3}).ok());
          const auto cut = store.cut();
          ASSERT_TRUE(commit_all(store, {groups.begin() + 3, groups.end()}).ok());
          testing::write_file(path + "/made", kNewBase);
          files.fail_after_renaming(renamed);
          files.fail_at(files.operations() + operation, for_ever);
          adopted = store.adopt_compacted(*cut, path + "/made", kNewBase.size(), 7).ok();
          if (!for_ever) {
            files.heal();
            ASSERT_TRUE(store.repair().ok());
            ASSERT_TRUE(store.commit(groups[0], 0).ok()) << "the stream goes on";
          }
        }
        Store again(FileSystem::real(), path, 300);
        std::vector<std::string> notes;
        const Status opened = again.open(notes);
        ASSERT_TRUE(opened.ok()) << operation << ": " << opened.error().message();
        const bool has_new = !again.current()->earlier.empty();
        EXPECT_TRUE(has_new || !adopted) << operation;
        const size_t from = has_new ? 3 : 0;
        const std::string stream = join({groups.begin() + static_cast<std::ptrdiff_t>(from), groups.end()}) +
                                   (for_ever ? "" : groups[0]);
        EXPECT_EQ(stream_in(path), stream) << operation;
        EXPECT_EQ(again.position()->offset,
                  kTestBaseOffset + join(groups).size() + (for_ever ? 0 : groups[0].size()));
      }
    }
  }
}

}  // namespace
}  // namespace holdfast::journal
