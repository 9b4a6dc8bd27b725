#include "journal/journal_thread.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/clock.h"
#include "base/scheduling.h"
#include "journal/directory.h"
#include "journal/notes.h"
#include "journal/operator_word.h"
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
constexpr int64_t kPauseMaxMs = 200;  // a Redis that is back waits for us, and its clients do
constexpr int kFailuresMax = 2;       // 50 ms * 2^2 is the maximum
constexpr uint64_t kSettlePeriodNs = 1'000'000'000;
constexpr uint64_t kTidyPeriodNs = 2'000'000'000;
constexpr uint64_t kLastingNs = 60'000'000'000;  // a link of this age is a good one
constexpr uint64_t kBacklogSmall = 16u << 20;
constexpr uint64_t kLongDelayNs = 2'000'000'000;
constexpr const char* kRaise =
    ", more slowly each time, because full resyncs follow each other: Redis gives up a link that cannot keep "
    "up, or no longer has what was missed; raise client-output-buffer-limit replica and repl-backlog-size "
    "there";
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
      store_(files, upstream.journal.dir.value, upstream.journal.segment_size_bytes,
             upstream.journal.redo_log),
      problems_("journal '" + upstream.name + "'"),
      settler_(upstream, tls_.get(), store_, publication, problems_, stop),
      upkeep_(upstream, publication, problems_, tls_),
      waiting_([this] {
        publication_.refuse("the journal is waiting for a snapshot of the upstream " + url_of(upstream_) +
                            ", which begins it within its repl-diskless-sync-delay");
      }) {}

void JournalThread::run() {
  // All who write wait for it, and it works for microseconds at a time.
  take_short_slices();
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
  upkeep_.stop();
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

  const uint64_t asked_ns = monotonic_ns();
  bool adopts = false;
  auto result = join(adopts);
  if (!result.ok()) return result.error();
  Joined joined = std::move(result).value();
  const bool full = joined.kind == Joined::Kind::kFullResync;
  advise(joined.facts.replication, full, monotonic_ns() - asked_ns);
  if (full) {
    const bool again = store_.position() && store_.position()->replid == joined.position.replid && !resync_;
    const ResyncCause cause = cause_of_full(joined);
    lost_snapshots_ = std::min(lost_snapshots_ + 1, kLostSnapshotsMax);
    if (Status received = receive_base(joined); !received.ok()) return received;
    if (!again) lost_snapshots_ = 0;  // else it is over when the link has lasted
    count_resync(cause);
  } else {
    const ResyncCause cause = joined.position.replid != store_.position()->replid ? ResyncCause::kNewId
                              : has_streamed_                                     ? ResyncCause::kReconnect
                                                                                  : ResyncCause::kStart;
    if (Status adopted = adopt_id(joined.position); !adopted.ok()) return adopted;
    count_resync(cause);
  }
  has_streamed_ = true;

  settler_.joined(joined.facts, adopts);
  if (Status tidied = tidy(); !tidied.ok()) return tidied;
  publication_.stats().received_offset.set(store_.position()->offset);
  publication_.stats().generation.set(store_.generation());
  streamed_ = true;
  publication_.directory_read();
  taking_over_ = false;
  publication_.accept();
  const std::string where = url_of(upstream_) + " from offset " + std::to_string(store_.position()->offset);
  problems_.solved("works again: journaling " + where);
  problems_.info((full ? "took a snapshot and journals " : "continues to journal ") + where);

  const uint64_t streaming_ns = monotonic_ns();
  StreamWriter writer(*joined.connection, store_, publication_, nudge_, stop_, full,
                      upstream_.journal.serves_others);
  while (!stop_.requested()) {
    Status stepped = writer.step();
    if (stepped.ok()) stepped = settle_if_due();
    if (stop_.requested()) break;
    if (!stepped.ok()) {
      if (store_.failed()) return stepped.error().prefixed(cannot_be_written());
      return Error(stepped.error().code(), "the link to the upstream " + url_of(upstream_) +
                                               " was lost: " + stepped.error().message() +
                                               "; joining it again" + (lost_snapshots_ > 0 ? kRaise : ""));
    }
    if (monotonic_ns() - tidied_ns_ <= kTidyPeriodNs) continue;
    if (monotonic_ns() - streaming_ns > kLastingNs) lost_snapshots_ = 0;
    if (Status tidied = tidy(); !tidied.ok()) return tidied;
    settler_.forget_needless_word();
    if (Status there = store_.still_there(); !there.ok()) {
      store_.close();
      return there;
    }
  }
  return writer.finish();
}

Status JournalThread::settle_if_due() {
  const uint64_t now_ns = monotonic_ns();
  if (now_ns - settled_ns_ < kSettlePeriodNs) return {};
  settled_ns_ = now_ns;
  Status settled = store_.settle();
  publication_.stats().fdatasyncs.set(store_.syncs());
  return settled;
}

ResyncCause JournalThread::cause_of_full(const Joined& joined) const {
  if (!store_.position()) return ResyncCause::kFirst;
  if (joined.position.replid != store_.position()->replid) return ResyncCause::kHistory;
  return resync_ ? ResyncCause::kScheduled : ResyncCause::kBacklog;
}

void JournalThread::count_resync(ResyncCause cause) {
  JournalStats& stats = publication_.stats();
  stats.resyncs[static_cast<size_t>(cause)].add();
  (is_full(cause) ? stats.full_resyncs : stats.partial_resyncs).add();
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
  // Nothing can be journaled, but a Redis that came back empty is still none to believe.
  if (!opened.ok() &&
      (opened.error().code() == ErrorCode::kCorrupt || opened.error().code() == ErrorCode::kInvalid)) {
    if (const auto history = history_of_damaged(store_.dir())) publication_.adopt(*history, true);
  }
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

std::string JournalThread::cannot_be_written() const {
  const bool allows = upstream_.journal.on_failure == config::OnFailure::kAllow;
  return std::string("the journal cannot be written, so writes are ") +
         (allows ? "let through without being journaled (on_failure = \"allow\")" : "refused") +
         " until it can";
}

Status JournalThread::repair() {
  if (!store_.failed()) return {};
  if (Status repaired = store_.repair(); !repaired.ok())
    return repaired.error().prefixed(cannot_be_written());
  problems_.solved("the journal in " + store_.dir() + " can be written again");
  return {};
}

// `adopt` becomes true when what the upstream has replaces what is journaled.
Result<Joined> JournalThread::join(bool& adopt) {
  for (int i = 0; i < kJoinsMax; ++i) {
    const Ask ask = adopt ? Ask::kAdopt : resync_ && store_.position() ? Ask::kSnapshot : Ask::kContinue;
    auto result = join_upstream(upstream_, tls_.get(), store_.position(), ask, waiting_, stop_);
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

// What is worth changing in Redis's configuration, once.
void JournalThread::advise(const ReplicationInfo& info, bool full, uint64_t waited_ns) {
  if (std::exchange(advised_, true)) return;
  if (info.backlog_size > 0 && info.backlog_size < kBacklogSmall) {
    problems_.info("advice: repl-backlog-size of the upstream is " + std::to_string(info.backlog_size >> 10) +
                   " KiB; when more than that is written while the journal's link is down, all data have to "
                   "be sent again; raise it there, for example to 256mb");
  }
  if (full && waited_ns > kLongDelayNs) {
    problems_.info("advice: the upstream waited " + std::to_string(waited_ns / 1'000'000) +
                   " ms before it began its snapshot (repl-diskless-sync-delay there); writes that need the "
                   "journal were refused meanwhile");
  }
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
  if (same_history && !std::exchange(resync_, false)) {
    problems_.warn(
        "the upstream no longer has the part of its stream that the journal missed (after offset " +
        std::to_string(store_.position()->offset) +
        "), so a full snapshot is taken; raise repl-backlog-size there" +
        (has_streamed_ ? ", and client-output-buffer-limit replica if it has closed the link because the "
                         "journal could not keep up (its log says so)"
                       : ""));
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

Status JournalThread::tidy() {
  tidied_ns_ = monotonic_ns();
  if (const auto problem = store_.take_redo_problem()) {
    problems_.warn("writes wait longer for the disk than they have to, since there is no redo log: " +
                   problem->message() + "; it is tried again with the next segment");
  }
  if (Status tended = upkeep_.tend(store_); !tended.ok()) return tended;
  if (!upkeep_.take_resync()) return {};
  resync_ = true;
  return Error(
      ErrorCode::kUnavailable,
      "a full resync is due (upstream." + upstream_.name +
          ".journal.resync_at), since the journal has grown and there is no redis-server to compact it");
}

}  // namespace holdfast::journal
