#include "journal/upkeep.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "journal/compaction_request.h"
#include "journal/verified_note.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kPauseMinNs = 10 * 60 * kSecondNs;  // after a failed compaction
constexpr int kDoublingsMax = 5;                       // up to about five hours
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;

}  // namespace

Upkeep::Upkeep(const config::Upstream& upstream, Publication& publication, const ProblemLog& log,
               std::shared_ptr<const tls::Credentials> tls)
    : upstream_(upstream), publication_(publication), log_(log), rehearser_(upstream, std::move(tls)) {}

Status Upkeep::tend(Store& store) {
  take_outcome(store);
  if (!store.failed()) retain(store);
  const DiskUse use = measure_disk_use(store.dir());
  JournalStats& stats = publication_.stats();
  stats.disk_bytes.set(use.bytes);
  stats.segments.set(use.segments);
  stats.oldest_restorable_ms.set(static_cast<uint64_t>(oldest_restorable_ms(store).value_or(0)));
  stats.verified_ms.set(static_cast<uint64_t>(read_verified_note(store.dir())));
  take_rehearsal();
  // Where there is always something to compact, they take turns.
  if (rehearsal_has_turn_) begin_rehearsal(store);
  if (!store.failed()) begin_compaction(store, use);
  begin_rehearsal(store);
  stats.compaction_running.set(compactor_.running() ? 1 : 0);
  if (!store.failed()) return {};
  return Error(ErrorCode::kIo, "the journal's manifest could not be written");
}

void Upkeep::begin_rehearsal(const Store& store) {
  if (compactor_.running() || !store.current() || !rehearser_.is_due(unix_ms())) return;
  log_.info("rehearsal: a redis-server of our own gets what the journal has");
  rehearsal_has_turn_ = false;
  rehearser_.start();
}

void Upkeep::stop() {
  compactor_.stop();
  rehearser_.stop();
}

void Upkeep::retain(Store& store) {
  Removed removed;
  const Status applied = apply_retention(store, upstream_.journal.retention, unix_ms(), removed);
  for (const std::string& note : removed.notes) log_.info(note);
  publication_.stats().retention_removed_bytes.add(removed.bytes);
  if (!applied.ok()) log_.warn("retention: " + applied.error().message());
}

void Upkeep::take_rehearsal() {
  const auto outcome = rehearser_.take_outcome();
  if (!outcome) return;
  JournalStats& stats = publication_.stats();
  const bool good = outcome->ok() && outcome->value().good();
  const std::string what =
      outcome->ok() ? describe(outcome->value()) : "failed: " + outcome->error().message();
  (good ? stats.rehearsals_good : stats.rehearsals_bad).add();
  if (good) stats.rehearsal_success_ms.set(static_cast<uint64_t>(unix_ms()));
  if (outcome->ok()) {
    stats.rehearsal_recover_ms.set(static_cast<uint64_t>(outcome->value().recover_ms));
    stats.rehearsal_mismatches.set(outcome->value().mismatch_count);
  }
  publication_.set_rehearsal(what);
  if (good)
    log_.info("rehearsal: " + what);
  else
    log_.warn("rehearsal: " + what);
}

void Upkeep::take_outcome(Store& store) {
  auto outcome = compactor_.take_outcome();
  if (!outcome) return;
  publication_.stats().compaction_duration_ms.set((monotonic_ns() - begun_ns_) / 1'000'000);
  if (!outcome->ok())
    failed(store.dir(), outcome->error());
  else
    adopt(store, std::move(*outcome).value());
  request_.clear();
}

void Upkeep::adopt(Store& store, CompactedBase made) {
  if (store.failed()) return failed(store.dir(), Error(ErrorCode::kIo, "the journal cannot be written"));
  Status adopted = store.adopt_compacted(compactor_.cut(), made.path, made.size, made.crc);
  if (!adopted.ok()) return failed(store.dir(), adopted.error());
  failures_ = 0;
  no_server_ = false;
  publication_.stats().compactions.add();
  const std::string what = describe(made, compactor_.cut().position.offset);
  log_.info("compaction: " + what);
  answer(store.dir(), true, what);
}

void Upkeep::failed(const std::string& dir, const Error& error) {
  publication_.stats().compaction_failures.add();
  no_server_ = error.code() == ErrorCode::kInvalid;
  pause_until_ns_ = monotonic_ns() + (kPauseMinNs << std::min(failures_++, kDoublingsMax));
  log_.warn("compaction: " + error.message() + "; the journal stays as it is and goes on growing" +
            (no_server_ && !upstream_.journal.resync_at_minute
                 ? ", or set resync_at for a full resync at a time of your choice"
                 : ""));
  answer(dir, false, error.message());
}

void Upkeep::answer(const std::string& dir, bool good, const std::string& sentence) {
  answer_compaction(dir, request_, good, sentence);
}

// The two keys of the configuration; and when a size is all that may be kept, only a new base lets go of
// anything.
bool Upkeep::has_grown(const Store& store, const DiskUse& use) const {
  const config::Journal& journal = upstream_.journal;
  const Manifest& manifest = *store.current();
  std::vector<std::string> names;
  for (const uint64_t sequence : manifest.segments) names.push_back(segment_name(sequence));
  const uint64_t behind = bytes_of(store.dir(), names);
  const bool over = journal.retention.size_bytes && use.bytes > *journal.retention.size_bytes;
  if (over && behind > manifest.base.size) return true;
  return behind >= journal.compact_min_bytes &&
         behind / static_cast<uint64_t>(journal.compact_factor) >= manifest.base.size;
}

void Upkeep::begin_compaction(Store& store, const DiskUse& use) {
  if (compactor_.running() || rehearser_.running() || !store.current()) return;
  request_ = take_compaction_request(store.dir());
  if (request_.empty()) {
    const bool grown = has_grown(store, use);
    if (grown && (no_server_ || upstream_.journal.compact == config::Compact::kOff)) plan_resync(unix_ms());
    if (!grown || upstream_.journal.compact == config::Compact::kOff || monotonic_ns() < pause_until_ns_)
      return;
  }
  auto cut = store.cut();
  if (!cut)
    return answer(store.dir(), true, "there is nothing behind the newest base, so there is nothing to do");
  log_.info("compaction: a redis-server of our own loads the journal up to offset " +
            std::to_string(cut->position.offset));
  begun_ns_ = monotonic_ns();
  rehearsal_has_turn_ = true;
  // Somebody who asked for it waits for it.
  compactor_.start(store.dir(), std::move(*cut),
                   {.redis_server = upstream_.journal.redis_server, .low_priority = request_.empty()});
}

// In the first minutes after the time of the day that was chosen, once a day.
void Upkeep::plan_resync(int64_t now_ms) {
  if (!upstream_.journal.resync_at_minute) return;
  const int64_t day = now_ms / kDayMs;
  const int64_t minute = now_ms % kDayMs / kMinuteMs;
  constexpr int64_t kWindowMinutes = 10;
  const int64_t since = minute - *upstream_.journal.resync_at_minute;
  if (day == resynced_day_ || since < 0 || since >= kWindowMinutes) return;
  resynced_day_ = day;
  resync_ = true;
}

bool Upkeep::take_resync() {
  return std::exchange(resync_, false);
}

}  // namespace holdfast::journal
