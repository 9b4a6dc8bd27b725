// Lives of a journal on a disk that loses its power at any operation: the next start has all that was
// acknowledged, and those who read the directory before it see the same.
#include <gtest/gtest.h>

#include <exception>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>

#include "journal/archive.h"
#include "journal/crc32c.h"
#include "journal/cut.h"
#include "journal/manifest.h"
#include "journal/restore.h"
#include "journal/verification.h"
#include "tests/journal/simulated_disk.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

// A failure names its seed. To run that one again, make it the first one of a single seed.
constexpr uint64_t kFirstSeed = 1;
constexpr uint64_t kSeeds = 120;
constexpr uint64_t kSeedsToNoticeALie = 20;
constexpr int kStarts = 12;

const std::string kLost = "what was acknowledged is lost: ";

Error wrong(const std::string& what) {
  return Error(ErrorCode::kCorrupt, what);
}

// What the journal must hold behind its newest base.
struct Expected {
  uint64_t base = 0;          // replication offset
  std::string stream;         // all that was committed behind it, or was about to be
  uint64_t acknowledged = 0;  // replication offset up to which it must be there

  uint64_t end() const { return base + stream.size(); }
  void end_at(uint64_t offset) {
    stream.resize(offset - base);
    acknowledged = offset;
  }
};

// That a run of lives would prove little without.
struct Seen {
  int repairs = 0;
  int compactions = 0;
  int mended = 0;  // starts that wrote the end of the segment from the redo log
  int torn = 0;    // ends that only a power cut leaves
};

// One journal, started again and again. Whatever happens in it follows from the seed, except for the times
// and the random numbers that the store itself writes.
class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed), disk_(random_()) { fs::create_directory(dir_); }

  SimulatedDisk& disk() { return disk_; }

  // An error is what went wrong; it begins with kLost where data is missing.
  Status run(Seen& seen) {
    for (int start = 0; start < kStarts; ++start) {
      if (Status lived = live(seen); !lived.ok()) return lived;
      if (one_in(4))
        disk_.restart_after_kill();
      else
        disk_.restart_after_power_cut();
      if (Status read = check_files(seen); !read.ok()) return read;
    }
    return {};
  }

 private:
  uint64_t pick(uint64_t below) { return random_() % below; }
  bool one_in(uint64_t times) { return pick(times) == 0; }

  Status live(Seen& seen);
  Status work(Store& store, Seen& seen);
  void step(Store& store, Seen& seen);
  void take_new_base(Store& store);
  void compact(Store& store, Seen& seen);
  void commit_in_parts(Store& store);
  bool commit(Store& store, const std::string& group);
  std::string next_group();

  void change_base(Store& store, const Status& changed);
  const Expected* expected_from(uint64_t base) const;
  Status check_opened(Store& store);
  Status check_repaired(Store& store);
  Status check_stream();
  Status check_files(Seen& seen);
  Status check_restore(const Archive& archive, bool is_torn, const Expected& expected);
  Result<bool> is_end_torn(const Archive& archive);

  testing::TempDir temp_;
  const std::string dir_ = temp_.file("journal");
  std::mt19937_64 random_;
  SimulatedDisk disk_;
  int groups_ = 0;
  std::optional<Expected> expected_;  // nothing: there is no base yet
  std::optional<Expected> instead_;   // a change of the base was interrupted: it is this, or the one above
};

// From a start until everything stops.
Status Life::live(Seen& seen) {
  const uint64_t segment_bytes = 40'000 + pick(200'000);
  const bool with_redo_log = !one_in(12);
  Store store(disk_, dir_, segment_bytes, with_redo_log);
  if (one_in(4)) disk_.stop_in(1 + pick(12));
  std::vector<std::string> notes;
  const Status opened = store.open(notes);
  if (!opened.ok() && !disk_.is_stopped()) return opened.error().prefixed("the journal does not open");
  if (opened.ok()) {
    for (const std::string& note : notes)
      seen.mended += note.find("anew from holdfast.redo") != std::string::npos;
    if (Status found = check_opened(store); !found.ok()) return found;
    const uint64_t stop = 1 + pick(one_in(3) ? 400 : 60);
    const uint64_t failure = 1 + pick(60);
    disk_.stop_in(stop);
    // Not directly before the stop: a process that is killed between a failed sync of a segment and the cut
    // that follows at once leaves bytes that the system shows, and the next start believes them.
    if (one_in(3) && failure + 1 != stop) disk_.fail_in(failure);
    if (Status worked = work(store, seen); !worked.ok()) return worked;
  }
  disk_.stop();
  return {};
}

Status Life::work(Store& store, Seen& seen) {
  while (!disk_.is_stopped()) {
    if (store.failed()) {
      const bool is_repaired = store.repair().ok();
      if (!is_repaired && one_in(4)) return {};
      if (!is_repaired) continue;
      ++seen.repairs;
      if (Status found = check_repaired(store); !found.ok()) return found;
    }
    if (one_in(150)) {
      store.close();
      return {};
    }
    step(store, seen);
    if (!store.failed() && store.position() && store.position()->offset != expected_->end())
      return wrong("the position is not where the stream ends");
  }
  return {};
}

void Life::step(Store& store, Seen& seen) {
  const uint64_t kind = pick(100);
  if (!store.position() || kind == 0)
    take_new_base(store);
  else if (kind < 4)
    (void)store.settle();
  else if (kind < 6)
    (void)store.rename_history(std::string(40, static_cast<char>('0' + pick(10))));
  else if (kind < 9)
    compact(store, seen);
  else if (kind < 12)
    commit_in_parts(store);
  else
    (void)commit(store, next_group());
}

void Life::take_new_base(Store& store) {
  const uint64_t offset = (expected_ ? expected_->base : 1000) + 1 + pick(5000);
  instead_ = Expected{offset, "", offset};
  change_base(store, adopt_test_base(store, offset));
}

// As an upkeep does it while the stream goes on, but for what is in the base.
void Life::compact(Store& store, Seen& seen) {
  const auto cut = store.cut();
  if (!cut || one_in(2)) return;
  for (uint64_t groups = pick(4); groups > 0; --groups) {
    if (!commit(store, next_group())) return;
  }
  const std::string path = dir_ + "/compacted.rdb";
  if (!disk_.remove(path).ok()) return;
  auto file = disk_.create(path);
  if (!file.ok() || !file.value()->append(kTestBase).ok() || !file.value()->sync().ok()) return;
  const uint64_t offset = cut->position.offset;
  instead_ = Expected{offset, expected_->stream.substr(offset - expected_->base), expected_->acknowledged};
  const Status adopted = store.adopt_compacted(*cut, path, kTestBase.size(), crc32c(0, kTestBase));
  change_base(store, adopted);
  if (!adopted.ok()) return;
  ++seen.compactions;
  if (one_in(2)) (void)store.remove_oldest_stretch();
}

void Life::commit_in_parts(Store& store) {
  const std::string first = next_group();
  if (!store.write_part(first).ok()) return;
  if (one_in(3)) {
    (void)store.drop_open_group();
    return;
  }
  expected_->stream += first;
  (void)commit(store, next_group());
}

bool Life::commit(Store& store, const std::string& group) {
  expected_->stream += group;
  if (!store.commit(group, 0).ok()) return false;
  expected_->acknowledged = store.position()->offset;
  return true;
}

// Most are small, some have a few blocks, and a few are about as large as what still goes into the redo log.
std::string Life::next_group() {
  const uint64_t kind = pick(20);
  const uint64_t size = kind < 14   ? pick(300)
                        : kind < 18 ? pick(9'000)
                        : kind < 19 ? 20'000 + pick(12'000)
                                    : 32'500 + pick(9'000);
  std::string value;
  while (value.size() < size) {
    for (uint64_t bits = random_(); bits != 0; bits >>= 4) value += static_cast<char>('a' + bits % 16);
  }
  return command_bytes({"SET", "key" + std::to_string(groups_++), value});
}

// `instead_` was tried.
void Life::change_base(Store& store, const Status& changed) {
  if (changed.ok()) expected_ = std::exchange(instead_, std::nullopt);
  // After an error that leaves the store as it was there is no doubt either.
  if (!store.failed() && !disk_.is_stopped()) instead_.reset();
}

// Which of the two it is.
const Expected* Life::expected_from(uint64_t base) const {
  if (expected_ && expected_->base == base) return &*expected_;
  if (instead_ && instead_->base == base) return &*instead_;
  return nullptr;
}

Status Life::check_opened(Store& store) {
  if (!store.position() && expected_) return wrong(kLost + "the base is gone");
  if (!store.position()) {
    instead_.reset();
    return {};
  }
  const Expected* found = expected_from(store.current()->base.offset);
  if (found == nullptr) return wrong("the base is one that nobody gave");
  expected_ = Expected(*found);
  instead_.reset();
  const uint64_t end = store.position()->offset;
  if (end < expected_->acknowledged) {
    return wrong(kLost + "the start finds " + std::to_string(end) + " instead of " +
                 std::to_string(expected_->acknowledged));
  }
  if (end > expected_->end()) return wrong("the start finds more than was written");
  expected_->end_at(end);
  return check_stream();
}

Status Life::check_repaired(Store& store) {
  instead_.reset();
  if (!expected_) return {};
  if (!store.position() || store.position()->offset != expected_->acknowledged)
    return wrong("a repair has moved the position");
  expected_->end_at(expected_->acknowledged);
  return check_stream();
}

Status Life::check_stream() {
  try {
    if (stream_in(dir_) == expected_->stream) return {};
  } catch (const std::exception&) {
    return wrong("the files hold what is no stream at all");
  }
  return wrong("the files hold another stream than what was committed");
}

// As those see it who read the directory before the next start.
Status Life::check_files(Seen& seen) {
  const auto manifest = read_manifest(dir_ + "/" + std::string(kManifestName));
  if (!manifest.ok()) return manifest.error();
  if (!manifest.value()) return expected_ ? wrong(kLost + "there is no manifest") : Status();
  const Expected* expected = expected_from(manifest.value()->base.offset);
  if (expected == nullptr) return wrong("the manifest has a base that nobody gave");

  const auto archive = read_archive(dir_);
  if (!archive.ok()) return archive.error();
  const auto is_torn = is_end_torn(archive.value());
  if (!is_torn.ok()) return is_torn.error();
  seen.torn += is_torn.value() ? 1 : 0;
  // Not every time: what a restore writes it syncs on a disk that is real.
  return one_in(4) ? check_restore(archive.value(), is_torn.value(), *expected) : Status();
}

Status Life::check_restore(const Archive& archive, bool is_torn, const Expected& expected) {
  CutRequest request;
  request.until_damage = is_torn;
  request.unread_end = !is_torn;
  const auto cut = find_cut(archive, request);
  if (!cut.ok()) return cut.error().prefixed("a restore finds no end");
  const std::string out = temp_.file("out");
  const auto report = write_restore(cut.value(), out);
  if (!report.ok()) return report.error().prefixed("a restore fails where there is no damage");
  const std::string stream = stream_in(out + "/appendonlydir");
  fs::remove_all(out);

  const uint64_t end = expected.base + stream.size();
  if (end < expected.acknowledged) {
    return wrong(kLost + "a restore has " + std::to_string(end) + " instead of " +
                 std::to_string(expected.acknowledged));
  }
  if (report.value().offset != end) return wrong("a restore says another offset than what it holds");
  if (!expected.stream.starts_with(stream)) return wrong("a restore holds what was never committed");
  return {};
}

// An error is damage of anything else.
Result<bool> Life::is_end_torn(const Archive& archive) {
  const auto report = verify_journal(archive, {});
  if (!report.ok()) return report.error();
  bool is_torn = false;
  for (const Finding& finding : report.value().damage) {
    // The base of these tests is no RDB.
    if (finding.what.ends_with("although these are the bytes that were received")) continue;
    if (finding.what.find("never acknowledged") == std::string::npos) return wrong(finding.what);
    is_torn = true;
  }
  return is_torn;
}

TEST(PowerCuts, NothingThatWasAcknowledgedIsLost) {
  Seen seen;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Status lived = Life(seed).run(seen);
    EXPECT_TRUE(lived.ok()) << lived.error().message();
  }
  if (kSeeds == 1) return;
  EXPECT_GT(seen.repairs, 10);
  EXPECT_GT(seen.compactions, 10);
  EXPECT_GT(seen.mended, 10);
  EXPECT_GT(seen.torn, 10);
}

// Otherwise the lives above would prove nothing.
TEST(PowerCuts, ADiskThatDoesNotSyncTheRedoLogIsNoticed) {
  Seen seen;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeedsToNoticeALie; ++seed) {
    Life life(seed);
    life.disk().ignore_syncs_of_fixed_files();
    const Status lived = life.run(seen);
    if (!lived.ok() && lived.error().message().starts_with(kLost)) return;
  }
  FAIL() << "no seed has lost what was acknowledged";
}

}  // namespace
}  // namespace holdfast::journal
