#include "journal/data_comparison.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "journal/data_reader.h"
#include "journal/disposable_redis.h"
#include "journal/journal_tail.h"
#include "journal/loadable_dir.h"
#include "journal/paced_redis.h"
#include "journal/tail_search.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kPatienceMs = int64_t{6} * 3'600'000;  // for a snapshot of any size
constexpr int64_t kLookMs = 500;

// Everything that a server has: what the tail of the journal is about by key, the rest as a sum.
struct Reading {
  explicit Reading(int64_t begun_ms) : rest(begun_ms) {}
  DataSum rest;
  KeyStates tail;
};

// One whose data are mostly others is no copy of this journal's Redis with a few more writes.
constexpr uint64_t kSameForOneNewer = 4;

class Comparer {
 public:
  Comparer(const GenerationData& journal, const DataComparison& what, const StopSignal& stop)
      : journal_(journal), what_(what), stop_(stop) {}

  Result<ComparedData> run();

 private:
  Status read(DataReader& reader, const std::string& whose, Reading& into);
  Status read_snapshot(Reading& into);
  // Also the states of the tail's keys where the tail begins.
  Status read_journal(uint64_t upto, Reading& into, KeyStates& before);
  template <typename Found>
  Result<Found> search(const KeyStates& wanted,
                       Result<Found> (TailSearch::*how)(const TailSearch::Progress&));
  Status say(const std::string& sentence) const {
    return what_.progress ? what_.progress(sentence) : Status();
  }

  const GenerationData& journal_;
  const DataComparison& what_;
  const StopSignal& stop_;
  const int64_t begun_ms_ = unix_ms();
  JournalTail tail_;
  std::set<DataKey> tail_keys_;
};

Status Comparer::read(DataReader& reader, const std::string& whose, Reading& into) {
  const auto progress = [&](uint64_t keys, uint64_t of) {
    return say(whose + ": " + std::to_string(keys) + " of " + std::to_string(of) + " keys read");
  };
  if (Status done = reader.read_all(tail_keys_, progress, into.rest); !done.ok()) return done;
  auto states = reader.read_keys(tail_keys_);
  if (!states.ok()) return states.error();
  into.tail = std::move(states).value();
  return {};
}

Status Comparer::read_snapshot(Reading& into) {
  if (Status said = say("loading its snapshot"); !said.ok()) return said;
  auto nobody = DeadPort::open();
  if (!nobody.ok()) return nobody.error();
  DisposableRedis::Options options;
  options.program = what_.redis_server;
  options.parent_dir = what_.scratch_dir;
  options.low_priority = false;
  // A replica keeps keys whose time has run out.
  options.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(nobody.value()->port()),
                       "--enable-debug-command", "yes"};
  options.prepare = [this](const std::string& dir) -> Status {
    std::error_code problem;
    std::filesystem::create_symlink(std::filesystem::absolute(what_.rdb), dir + "/dump.rdb", problem);
    return problem ? Status(Error(ErrorCode::kIo, "cannot make a link in " + dir + ": " + problem.message()))
                   : Status();
  };
  auto redis = DisposableRedis::start(options, stop_);
  if (!redis.ok()) return redis.error();
  const uint64_t deadline_ns = monotonic_ns() + static_cast<uint64_t>(kPatienceMs) * 1'000'000;
  while (true) {
    Status loaded = redis.value()->wait_loaded(kLookMs);
    if (loaded.ok()) break;
    if (loaded.error().code() != ErrorCode::kTimeout || monotonic_ns() > deadline_ns)
      return loaded.error().prefixed("its snapshot could not be loaded");
    if (Status said = say("loading its snapshot"); !said.ok()) return said;
  }
  auto connection = redis.value()->connect(kPatienceMs);
  if (!connection.ok()) return connection.error();
  DataReader reader(std::move(connection).value());
  return read(reader, "its data", into);
}

Status Comparer::read_journal(uint64_t upto, Reading& into, KeyStates& before) {
  const auto waiting = [this] { return say("loading the journal"); };
  if (Status said = waiting(); !said.ok()) return said;
  auto redis = PacedRedis::start(journal_, what_.redis_server, what_.scratch_dir, stop_);
  if (!redis.ok()) return redis.error();
  if (!tail_.steps.empty()) {
    if (Status there = redis.value()->advance(tail_.from, waiting); !there.ok()) return there;
    auto states = redis.value()->reader().read_keys(tail_keys_);
    if (!states.ok()) return states.error();
    before = std::move(states).value();
  }
  if (Status there = redis.value()->advance(upto, waiting); !there.ok()) return there;
  return read(redis.value()->reader(), "the journal's data", into);
}

// A server that stands where the tail begins, and what is done with it.
template <typename Found>
Result<Found> Comparer::search(const KeyStates& wanted,
                               Result<Found> (TailSearch::*how)(const TailSearch::Progress&)) {
  const auto waiting = [this] { return say("loading the journal again"); };
  auto redis = PacedRedis::start(journal_, what_.redis_server, what_.scratch_dir, stop_);
  if (!redis.ok()) return redis.error();
  if (Status there = redis.value()->advance(tail_.from, waiting); !there.ok()) return there.error();
  TailSearch search(tail_, wanted, *redis.value());
  return (search.*how)([this](size_t step) {
    return say("looking for the operation after which its data stop: " + std::to_string(step) + " of " +
               std::to_string(tail_.steps.size()) + " passed");
  });
}

uint64_t count_differing(const KeyStates& one, const KeyStates& other) {
  const int64_t now_ms = unix_ms();
  uint64_t count = 0;
  for (const auto& [key, state] : one) count += state.same_as(other.at(key), now_ms) ? 0 : 1;
  return count;
}

uint64_t count_keys(const Reading& reading) {
  uint64_t keys = reading.rest.keys();
  for (const auto& [key, state] : reading.tail) keys += state.exists() ? 1 : 0;
  return keys;
}

Result<ComparedData> Comparer::run() {
  using Kind = ComparedData::Kind;
  if (!what_.expected) {
    auto tail = read_tail(journal_);
    if (!tail.ok()) return tail.error();
    tail_ = std::move(tail).value();
    tail_keys_ = tail_.keys();
  }
  Reading snapshot(begun_ms_), journal(begun_ms_);
  KeyStates before;
  if (Status done = read_snapshot(snapshot); !done.ok()) return done.error();
  ComparedData found;
  found.keys = count_keys(snapshot);
  found.upto = what_.expected.value_or(journal_.end());
  if (Status done = read_journal(found.upto, journal, before); !done.ok()) return done.error();

  const uint64_t others = snapshot.rest.differences(journal.rest, unix_ms());
  const uint64_t differing = count_differing(snapshot.tail, journal.tail);
  if (others == 0 && differing == 0) {
    found.kind = found.upto == journal_.end() ? Kind::kSame : Kind::kEarlier;
    return found;
  }
  if (what_.expected) return found;
  if (others == 0) {
    auto stopped = search(snapshot.tail, &TailSearch::find);
    if (!stopped.ok()) return stopped.error();
    if (stopped.value()) {
      found.kind = Kind::kEarlier;
      found.upto = *stopped.value();
      return found;
    }
  }
  // Most of what the last operations did is there, and at no moment before was it more like the journal.
  bool has_end = differing < count_differing(snapshot.tail, before);
  if (has_end && differing > 0) {
    auto fewest = search(snapshot.tail, &TailSearch::fewest_differing);
    if (!fewest.ok()) return fewest.error();
    has_end = differing <= fewest.value();
  }
  const bool is_alike = (others + differing) * kSameForOneNewer <= count_keys(journal);
  if (!what_.untouched || !has_end || !is_alike) return found;
  found.kind = Kind::kNewer;
  found.newer = others + differing;
  return found;
}

}  // namespace

Result<ComparedData> compare_data(const GenerationData& journal, const DataComparison& what,
                                  const StopSignal& stop) {
  if (auto program = find_redis_server(what.redis_server); !program.ok()) return program.error();
  return Comparer(journal, what, stop).run();
}

}  // namespace holdfast::journal
