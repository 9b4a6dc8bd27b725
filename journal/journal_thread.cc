#include "journal/journal_thread.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/clock.h"
#include "journal/notes.h"
#include "journal/operator_word.h"
#include "journal/retention.h"
#include "journal/snapshot_receiver.h"
#include "journal/stream_writer.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kInUsePauseMs = 20;      // whoever has the directory may leave it to us at any moment
constexpr int64_t kSteadyPauseMs = 1'000;  // disk full, history break: looked at again every second
constexpr int64_t kForEverMs = INT64_C(1) << 40;
constexpr int64_t kSnapshotPauseMaxMs = 30'000;
constexpr int kLostSnapshotsMax = 6;  // 1 s * 2^5 is above the maximum
constexpr int64_t kPauseMinMs = 50;
constexpr int64_t kPauseMaxMs = 500;  // a Redis that is back waits for us, and its clients do
constexpr int kFailuresMax = 4;       // 50 ms * 2^4 is above the maximum
constexpr uint64_t kTidyPeriodNs = 2'000'000'000;
constexpr int kJoinsMax = 4;  // of one turn: before and after what has to be settled first

std::string megabytes(uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

JournalThread::JournalThread(const config::Upstream& upstream, FileSystem& files, Publication& publication,
                             Nudge& nudge, const StopSignal& stop,
                             std::shared_ptr<const tls::Credentials> tls)
    : upstream_(upstream),
      publication_(publication),
      nudge_(nudge),
      stop_(stop),
      tls_(std::move(tls)),
      store_(files, upstream.journal.dir.value, upstream.journal.segment_size_bytes),
      problems_("journal '" + upstream.name + "'"),
      settler_(upstream, tls_.get(), store_, publication, problems_, stop),
      waiting_([this] {
        publication_.refuse("the journal is waiting for a snapshot of the upstream " + url_of(upstream_) +
                            ", which begins it within its repl-diskless-sync-delay");
      }) {}

void JournalThread::run() {
  while (!stop_.requested()) {
    streamed_ = false;
    const Status outcome = turn();
    if (stop_.requested() || outcome.ok()) break;  // a turn ends well only by a stop
    publication_.recover(false, outcome.error().message());
    if (!in_use_) end_takeover();
    problems_.problem(outcome.error().message());
    if (Status dropped = store_.is_open() ? store_.drop_open_group() : Status(); !dropped.ok())
      problems_.problem(dropped.error().message());
    publication_.stats().reconnects.add(streamed_ ? 1 : 0);
    (void)stop_.sleep_ms(pause_ms(outcome.error()));
  }
  publication_.refuse("Holdfast is stopping");
  if (store_.is_open()) (void)store_.drop_open_group();
  store_.close();
}

int64_t JournalThread::pause_ms(const Error& outcome) {
  if (must_look_) return kForEverMs;
  if (in_use_) return kInUsePauseMs;
  // Each snapshot costs the upstream a fork: no loop of them.
  if (lost_snapshots_ > 0) return std::min(kSteadyPauseMs << (lost_snapshots_ - 1), kSnapshotPauseMaxMs);
  if (store_.failed() || outcome.code() == ErrorCode::kIo || outcome.code() == ErrorCode::kRefused)
    return kSteadyPauseMs;
  failures_ = streamed_ ? 0 : std::min(failures_ + 1, kFailuresMax);
  const int64_t pause = std::min(kPauseMinMs << failures_, kPauseMaxMs);
  // Many sidecars of one upstream must not come back all at once.
  static thread_local std::minstd_rand random(std::random_device{}());
  return pause / 2 + static_cast<int64_t>(random() % static_cast<uint64_t>(pause / 2 + 1));
}

Status JournalThread::turn() {
  if (Status opened = open(); !opened.ok()) return opened;
  if (Status repaired = repair(); !repaired.ok()) return repaired;

  bool adopts = false;
  auto result = join(adopts);
  if (!result.ok()) return result.error();
  Joined joined = std::move(result).value();
  const bool full = joined.kind == Joined::Kind::kFullResync;
  if (full) {
    lost_snapshots_ = std::min(lost_snapshots_ + 1, kLostSnapshotsMax);
    if (Status received = receive_base(joined); !received.ok()) return received;
    lost_snapshots_ = 0;
    publication_.stats().full_resyncs.add();
  } else {
    if (Status adopted = adopt_id(joined.position); !adopted.ok()) return adopted;
    publication_.stats().partial_resyncs.add();
  }

  settler_.joined(joined.facts, adopts);
  tidy();
  publication_.stats().received_offset.set(store_.position()->offset);
  publication_.stats().generation.set(store_.generation());
  streamed_ = true;
  publication_.directory_read();
  taking_over_ = false;
  publication_.accept();
  const std::string where = url_of(upstream_) + " from offset " + std::to_string(store_.position()->offset);
  problems_.solved("works again: journaling " + where);
  problems_.info((full ? "took a snapshot and journals " : "continues to journal ") + where);

  StreamWriter writer(*joined.connection, store_, publication_, nudge_, stop_, full);
  while (!stop_.requested()) {
    Status stepped = writer.step();
    if (stop_.requested()) break;
    if (!stepped.ok()) {
      if (store_.failed())
        return stepped.error().prefixed("the journal cannot be written, so writes are refused until it can");
      return Error(stepped.error().code(), "the link to the upstream " + url_of(upstream_) + " was lost: " +
                                               stepped.error().message() + "; joining it again");
    }
    if (monotonic_ns() - tidied_ns_ <= kTidyPeriodNs) continue;
    tidy();
    settler_.forget_needless_word();
    if (Status there = store_.still_there(); !there.ok()) {
      store_.close();
      return there;
    }
  }
  return writer.finish();
}

Status JournalThread::open() {
  if (store_.is_open()) return {};
  std::vector<std::string> notes;
  Status opened = store_.open(notes);
  // Only the lock is answered with this code. Clients that come meanwhile wait: what the other process is
  // just making durable must be known before a Redis is believed or a write is refused.
  in_use_ = !opened.ok() && opened.error().code() == ErrorCode::kUnavailable;
  if (in_use_) {
    taking_over_ = true;
    return opened;
  }
  // Known together: a link that is asked in between must not take "read" for "empty".
  if (opened.ok() && store_.position()) publication_.adopt(*store_.position(), true);
  if (!taking_over_) publication_.directory_read();
  for (const std::string& note : notes) problems_.warn(note);
  if (!opened.ok()) {
    const ErrorCode code = opened.error().code();
    must_look_ = code == ErrorCode::kCorrupt || code == ErrorCode::kInvalid;
    if (code == ErrorCode::kCorrupt) {
      return Error(
          code,
          "the journal is damaged and was left as it is: " + opened.error().message() +
              "; keep a copy, restore what `holdfast restore` can give, and start with another directory");
    }
    return opened.error();
  }
  return {};
}

// Something else than the other process keeps us from journaling: from here on it is as at any start.
void JournalThread::end_takeover() {
  if (!std::exchange(taking_over_, false)) return;
  publication_.directory_read();
}

Status JournalThread::repair() {
  if (!store_.failed()) return {};
  if (Status repaired = store_.repair(); !repaired.ok())
    return repaired.error().prefixed("the journal cannot be written, so writes are refused until it can");
  problems_.solved("the journal in " + store_.dir() + " can be written again");
  return {};
}

// `adopt` becomes true when what the upstream has replaces what is journaled.
Result<Joined> JournalThread::join(bool& adopt) {
  for (int i = 0; i < kJoinsMax; ++i) {
    auto result = join_upstream(upstream_, tls_.get(), store_.position(), adopt, waiting_, stop_);
    if (!result.ok()) return result;
    Joined& joined = result.value();
    if (joined.kind == Joined::Kind::kContinues || joined.kind == Joined::Kind::kFullResync) {
      if (store_.position() && !adopt) settler_.forget_needless_word();
      return result;
    }
    end_takeover();
    auto next = settler_.settle(joined);
    if (!next.ok()) return next.error();
    adopt = next.value() == BreakSettler::Next::kAdopt;
  }
  return Error(ErrorCode::kUnavailable,
               "the upstream " + url_of(upstream_) + " changes its history again and again; trying again");
}

Status JournalThread::adopt_id(const Position& position) {
  const bool renamed = position.replid != store_.position()->replid;
  if (!renamed) return {};
  // First: a name too many does no harm, since what it names is ours.
  Status named =
      add_name_note(store_.files(), store_.dir(), {store_.position()->replid, store_.position()->offset});
  if (!named.ok()) return named;
  if (Status noted = store_.rename_history(position.replid); !noted.ok()) return noted;
  problems_.info("the upstream goes on under the new replication id " + position.replid);
  // Its offsets go on too, but a link to the server that had the old id may be to another server, whose
  // offsets went another way. A new number makes every link show its id again.
  publication_.adopt(position, true);
  return {};
}

Status JournalThread::receive_base(Joined& joined) {
  RedisConnection& connection = *joined.connection;
  const std::string from = "a snapshot of the upstream " + url_of(upstream_);
  const bool same_history = store_.position() && store_.position()->replid == joined.position.replid;
  if (same_history) {
    problems_.warn(
        "the upstream no longer has the part of its stream that the journal missed (after offset " +
        std::to_string(store_.position()->offset) +
        "), so a full snapshot is taken; raise repl-backlog-size there");
  }
  publication_.refuse("the journal is waiting for " + from);
  end_takeover();

  auto base = receive_snapshot(upstream_, connection, store_, [&](uint64_t received, uint64_t expected) {
    publication_.refuse("the journal is receiving " + from + ": " + megabytes(received) +
                        (expected > 0 ? " of " + megabytes(expected) : "") + " so far");
  });
  if (!base.ok()) return base.error();
  if (Status adopted = store_.adopt_base(std::move(base).value(), joined.position); !adopted.ok()) {
    store_.discard_base();
    return adopted;
  }
  publication_.adopt(joined.position, !same_history);
  if (!same_history) (void)remove_name_notes(store_.files(), store_.dir());
  // An operator's word counts once, and until the new base is durable.
  (void)forget_word(store_.files(), store_.dir());
  return {};
}

void JournalThread::tidy() {
  tidied_ns_ = monotonic_ns();
  std::vector<std::string> notes;
  Status applied = apply_retention(store_, upstream_.journal.retention, unix_ms(), notes);
  for (const std::string& note : notes) problems_.info(note);
  if (!applied.ok()) problems_.warn("retention: " + applied.error().message());
  const DiskUse use = measure_disk_use(store_.dir());
  publication_.stats().disk_bytes.set(use.bytes);
  publication_.stats().segments.set(use.segments);
}

}  // namespace holdfast::journal
