#include "journal/journal_thread.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/clock.h"
#include "journal/accept.h"
#include "journal/base_receiver.h"
#include "journal/stream_writer.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kInUsePauseMs = 20;      // whoever has the directory may leave it to us at any moment
constexpr int64_t kSteadyPauseMs = 1'000;  // disk full, history break: looked at again every second
constexpr int64_t kForEverMs = INT64_C(1) << 40;
constexpr int64_t kSnapshotPauseMaxMs = 30'000;
constexpr int kLostSnapshotsMax = 6;  // 1 s * 2^5 is above the maximum
constexpr int64_t kPauseMinMs = 50;
constexpr int64_t kPauseMaxMs = 2'000;
constexpr int kFailuresMax = 6;  // 50 ms * 2^6 is above the maximum
constexpr uint64_t kTidyPeriodNs = 2'000'000'000;
constexpr uint64_t kLastingNs = 60'000'000'000;  // a link of this age is a good one
constexpr uint64_t kBacklogSmall = 16u << 20;
constexpr uint64_t kLongDelayNs = 2'000'000'000;
constexpr const char* kRaise =
    ", more slowly each time, because full resyncs follow each other: Redis gives up a link that cannot keep "
    "up, or no "
    "longer has what was missed; raise client-output-buffer-limit replica and repl-backlog-size there";
constexpr uint64_t kBaseSyncBytes = 64u << 20;
constexpr size_t kBaseReadBytes = 1u << 20;

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
      upkeep_(upstream, publication, problems_, tls_),
      waiting_([this] {
        publication_.refuse("the journal is waiting for a snapshot of the upstream " + url_of(upstream_) +
                            ", which begins it within its repl-diskless-sync-delay");
      }) {}

void JournalThread::run() {
  while (!stop_.requested()) {
    streamed_ = false;
    const Status outcome = turn();
    if (stop_.requested() || outcome.ok()) break;  // a turn ends well only by a stop
    publication_.refuse(outcome.error().message());
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
  auto result = join();
  if (!result.ok()) return result.error();
  Joined joined = std::move(result).value();
  const bool full = joined.kind == Joined::Kind::kFullResync;
  advise(joined.info, full, monotonic_ns() - asked_ns);
  if (full) {
    const bool again = store_.position() && store_.position()->replid == joined.position.replid && !resync_;
    lost_snapshots_ = std::min(lost_snapshots_ + 1, kLostSnapshotsMax);
    if (Status received = receive_base(joined); !received.ok()) return received;
    if (!again) lost_snapshots_ = 0;  // else it is over when the link has lasted
    publication_.stats().full_resyncs.add();
  } else {
    if (Status adopted = adopt_id(joined.position); !adopted.ok()) return adopted;
    publication_.stats().partial_resyncs.add();
  }

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
    if (stop_.requested()) break;
    if (!stepped.ok()) {
      if (store_.failed())
        return stepped.error().prefixed("the journal cannot be written, so writes are refused until it can");
      return Error(stepped.error().code(), "the link to the upstream " + url_of(upstream_) +
                                               " was lost: " + stepped.error().message() +
                                               "; joining it again" + (lost_snapshots_ > 0 ? kRaise : ""));
    }
    if (monotonic_ns() - tidied_ns_ <= kTidyPeriodNs) continue;
    if (monotonic_ns() - streaming_ns > kLastingNs) lost_snapshots_ = 0;
    if (Status tidied = tidy(); !tidied.ok()) return tidied;
    forget_needless_acceptance();
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

Result<Joined> JournalThread::join() {
  const Ask ask = resync_ && store_.position() ? Ask::kSnapshot : Ask::kContinue;
  auto joined = join_upstream(upstream_, tls_.get(), store_.position(), ask, waiting_, stop_);
  if (!joined.ok()) return joined;
  const bool history_break = joined.value().kind == Joined::Kind::kHistoryBreak;
  if (history_break) {
    if (Status decided = decide_history_break(joined.value().info); !decided.ok()) return decided.error();
    return join_upstream(upstream_, tls_.get(), store_.position(), Ask::kAdopt, waiting_, stop_);
  }
  if (store_.position()) forget_needless_acceptance();
  return joined;
}

// The operator's word is about a break that there is, never about the next one.
void JournalThread::forget_needless_acceptance() {
  if (!history_accepted(store_.dir())) return;
  problems_.info("there is no history break to accept; the request was removed");
  (void)store_.files().remove(store_.dir() + "/" + std::string(kAcceptName));
}

// Acknowledged writes are missing in the upstream; journaling on would make that final. Success means
// that somebody said to do so.
Status JournalThread::decide_history_break(const ReplicationInfo& info) {
  const std::string what = "the upstream " + url_of(upstream_) +
                           " has another history than the journal (it is at " + info.replid + ":" +
                           std::to_string(info.repl_offset) + ", the journal has " +
                           store_.position()->replid + " up to " + std::to_string(store_.position()->offset) +
                           "): it restarted without its data, lost writes in a failover, or ran longer than "
                           "repl-backlog-ttl without a "
                           "replica";
  const bool by_configuration = upstream_.journal.on_history_break == config::OnHistoryBreak::kAccept;
  if (by_configuration || history_accepted(store_.dir())) {
    problems_.warn(what + "; accepting what it has, as " +
                   (by_configuration ? "upstream." + upstream_.name + ".journal.on_history_break says"
                                     : std::string("the operator said")) +
                   "; the history so far stays as generation " + std::to_string(store_.generation()));
    return {};
  }
  return Error(ErrorCode::kRefused,
               what + "; writes are refused until you restore it (holdfast restore --journal " +
                   store_.dir() + ") or accept what it has (holdfast accept --journal " + store_.dir() + ")");
}

// What is worth changing in Redis's configuration, once.
void JournalThread::advise(const ReplicationInfo& info, bool full, uint64_t waited_ns) {
  if (std::exchange(advised_, true)) return;
  if (info.backlog_size > 0 && info.backlog_size < kBacklogSmall) {
    problems_.info(
        "advice: repl-backlog-size of the upstream is " + std::to_string(info.backlog_size >> 10) +
        " KiB; when more than that is written while the journal's link is down, all data have to be sent "
        "again; raise it there, for example to 256mb");
  }
  if (full && waited_ns > kLongDelayNs) {
    problems_.info(
        "advice: the upstream waited " + std::to_string(waited_ns / 1'000'000) +
        " ms before it began its snapshot (repl-diskless-sync-delay there); writes that need the journal "
        "were refused meanwhile");
  }
}

Status JournalThread::adopt_id(const Position& position) {
  const bool renamed = position.replid != store_.position()->replid;
  if (!renamed) return {};
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
        "), so a full snapshot is taken; raise repl-backlog-size there");
  }
  publication_.refuse("the journal is waiting for " + from);
  end_takeover();

  auto announcement = connection.read_line(kSilenceMs);
  if (!announcement.ok()) return announcement.error().prefixed("while waiting for " + from);
  if (announcement.value().starts_with("-"))
    return Error(ErrorCode::kUnavailable,
                 "the upstream " + url_of(upstream_) +
                     " could not make a snapshot: " + announcement.value().substr(1));
  auto begun = store_.begin_base();
  if (!begun.ok()) return begun.error();
  BaseFile base = std::move(begun).value();
  uint64_t synced = 0;
  auto receiver = BaseReceiver::create(announcement.value(), [&](std::string_view bytes) -> Status {
    if (Status written = base.append(bytes); !written.ok()) return written;
    if (base.size() - synced < kBaseSyncBytes) return {};
    // In steps, so that the last one is short: Redis is waiting for us by then.
    synced = base.size();
    return base.sync();
  });
  if (!receiver.ok()) return receiver.error();

  Status outcome;
  std::vector<char> buffer(kBaseReadBytes);
  while (outcome.ok() && !receiver.value().done()) {
    auto n = connection.read_some(buffer.data(), buffer.size(), kSilenceMs);
    if (!n.ok()) {
      outcome = Error(n.error().code(), "receiving " + from + " was interrupted after " +
                                            std::to_string(receiver.value().received()) +
                                            " bytes: " + n.error().message() +
                                            "; if this repeats, raise client-output-buffer-limit replica and "
                                            "repl-timeout there");
      break;
    }
    size_t consumed = 0;
    const std::string_view bytes(buffer.data(), n.value());
    outcome = receiver.value().feed(bytes, consumed);
    connection.unread(bytes.substr(consumed));
    const uint64_t expected = receiver.value().expected();
    publication_.refuse("the journal is receiving " + from + ": " + megabytes(receiver.value().received()) +
                        (expected > 0 ? " of " + megabytes(expected) : "") + " so far");
  }
  if (outcome.ok()) {
    outcome = store_.adopt_base(std::move(base), joined.position);
    if (outcome.ok()) {
      publication_.adopt(joined.position, !same_history);
      // An operator's word counts once, and until the new base is durable.
      (void)store_.files().remove(store_.dir() + "/" + std::string(kAcceptName));
      return {};
    }
  }
  store_.discard_base();
  return outcome;
}

Status JournalThread::tidy() {
  tidied_ns_ = monotonic_ns();
  if (Status tended = upkeep_.tend(store_); !tended.ok()) return tended;
  if (!upkeep_.take_resync()) return {};
  resync_ = true;
  return Error(
      ErrorCode::kUnavailable,
      "a full resync is due (upstream." + upstream_.name +
          ".journal.resync_at), since the journal has grown and there is no redis-server to compact it");
}

}  // namespace holdfast::journal
