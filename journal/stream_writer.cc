#include "journal/stream_writer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/clock.h"
#include "journal/replica_link.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kMs = 1'000'000;
constexpr uint64_t kAckSpacingNs = 100 * kMs;   // not oftener after a sync; WAIT asks with GETACK
constexpr uint64_t kAckPeriodNs = 1'000 * kMs;  // at least; Redis drops replicas that are silent

}  // namespace

StreamWriter::StreamWriter(RedisConnection& connection, Store& store, Publication& publication, Nudge& nudge,
                           const StopSignal& stop, bool after_full_resync, bool at_once)
    : connection_(connection),
      store_(store),
      publication_(publication),
      nudge_(nudge),
      stop_(stop),
      tracker_(store.db()),
      buffer_(std::make_unique_for_overwrite<char[]>(kHeldBytes + kGroupBytes)),
      flowing_(!after_full_resync),
      ack_spacing_ns_(at_once ? 0 : kAckSpacingNs),
      ack_now_(true),
      heard_ns_(monotonic_ns()) {}

int64_t StreamWriter::wait_ms() const {
  if (ack_now_) return 0;
  const bool soon = !flowing_ || store_.position()->offset != acked_offset_;
  const uint64_t due = acked_ns_ + (soon ? (flowing_ ? ack_spacing_ns_ : kAckSpacingNs) : kAckPeriodNs);
  const uint64_t now = monotonic_ns();
  return due <= now ? 0 : static_cast<int64_t>((due - now + kMs - 1) / kMs);
}

// What has arrived by now is appended to the group; a read that fills less than its buffer has emptied the
// socket.
Status StreamWriter::read_more(size_t& fresh) {
  while (fresh < kGroupBytes) {
    const size_t room = kGroupBytes - fresh;
    auto n = connection_.read_available(buffer_.get() + held_ + fresh, room);
    // What came before the end of the link is written first; the next read reports the end again.
    if (!n.ok()) return fresh > 0 ? Status() : n.error();
    fresh += n.value();
    if (n.value() == 0 || (n.value() < room && !connection_.is_encrypted())) break;
  }
  return {};
}

// Who waits in another process cannot be seen.
bool StreamWriter::is_awaited() const {
  return ack_spacing_ns_ == 0 || publication_.awaited();
}

// Waits for more of the stream as long as that is worth it.
// `meanwhile` of the bytes arrived while the last group was being synced, the others since then.
Status StreamWriter::gather(size_t& fresh, size_t meanwhile) {
  while (fresh < kGroupBytes && !stop_.requested()) {
    const size_t returned = fresh - meanwhile;
    nudge_.begin_pause();
    const bool awaited = is_awaited();
    const GroupPacer::Pause pause = pacer_.before_group(monotonic_ns(), fresh, returned, awaited);
    const Status waited = pause.ns > 0 ? connection_.gather(pause.bytes, pause.ns, nudge_) : Status();
    nudge_.end_pause();
    if (!waited.ok()) return waited;
    if (pause.ns == 0) break;
    const size_t before = fresh;
    if (Status read = read_more(fresh); !read.ok()) return read;
    if (fresh == before && awaited) break;
  }
  pacer_.begin(monotonic_ns(), fresh - meanwhile, is_awaited());
  return {};
}

// What arrives within `timeout_ms`, up to kGroupBytes.
Result<size_t> StreamWriter::read_group(int64_t timeout_ms) {
  size_t fresh = 0;
  if (Status read = read_more(fresh); !read.ok()) return read.error();
  const size_t meanwhile = fresh;
  if (fresh == 0) {
    if (timeout_ms <= 0) return size_t{0};
    const Status ready = connection_.wait_readable(timeout_ms);
    if (!ready.ok() && ready.error().code() == ErrorCode::kTimeout) return size_t{0};
    if (!ready.ok()) return ready.error();
    if (Status read = read_more(fresh); !read.ok()) return read.error();
    if (fresh == 0) return size_t{0};
  }
  if (Status gathered = gather(fresh, meanwhile); !gathered.ok()) return gathered.error();
  return fresh;
}

Status StreamWriter::step() {
  auto fresh = read_group(wait_ms());
  if (!fresh.ok()) return fresh.error();
  if (fresh.value() > 0) {
    heard_ns_ = monotonic_ns();
    flowing_ = true;
    if (Status taken = take(fresh.value()); !taken.ok()) return taken;
  } else if (monotonic_ns() - heard_ns_ > static_cast<uint64_t>(kSilenceMs) * kMs) {
    return Error(ErrorCode::kUnavailable,
                 "nothing was heard for " + std::to_string(kSilenceMs / 1000) + " seconds");
  }
  return acknowledge_if_due();
}

Status StreamWriter::take(size_t fresh) {
  size_t safe = 0;
  if (!tracker_.feed({buffer_.get() + held_, fresh}, safe)) {
    return Error(ErrorCode::kProtocol, "after offset " + std::to_string(store_.position()->offset) +
                                           " it sent bytes that are not a replication stream");
  }
  JournalStats& stats = publication_.stats();
  stats.received_offset.add(fresh);
  if (stats.behind_since_ns.get() == 0) stats.behind_since_ns.set(heard_ns_);
  const size_t size = held_ + fresh;
  if (safe == 0) {
    held_ = size;
    if (held_ < kHeldBytes) return {};
    if (Status written = store_.write_part({buffer_.get(), held_}); !written.ok()) return written;
    held_ = 0;
    return {};
  }

  const size_t group = held_ + safe;
  Status committed = store_.commit({buffer_.get(), group}, tracker_.db());
  stats.bytes_written.set(store_.bytes_written());
  if (!committed.ok()) {
    stats.fdatasync_failures.set(store_.sync_failures());
    return committed;
  }
  publication_.advance(store_.position()->offset);
  stats.behind_since_ns.set(size > group ? heard_ns_ : 0);
  stats.groups.add();
  stats.group_size.record(group);
  stats.fdatasyncs.set(store_.syncs());
  stats.write_duration.record(store_.last_write_ns());
  stats.fdatasync_duration.record(store_.last_sync_ns());
  pacer_.durable(monotonic_ns(), group, store_.last_sync_ns());
  held_ = size - group;
  std::memmove(buffer_.get(), buffer_.get() + group, held_);
  return {};
}

Status StreamWriter::acknowledge_if_due() {
  // A GETACK stands outside of transactions, so everything up to it is durable by now.
  ack_now_ = tracker_.take_getack() || ack_now_;
  return ack_now_ || wait_ms() == 0 ? acknowledge() : Status();
}

Status StreamWriter::acknowledge() {
  // Never more than what is durable: whoever WAITs for this replica waits for the disk.
  acked_offset_ = store_.position()->offset;
  acked_ns_ = monotonic_ns();
  ack_now_ = false;
  return connection_.send({"REPLCONF", "ACK", std::to_string(acked_offset_)});
}

Status StreamWriter::finish() {
  auto fresh = read_group(0);
  if (fresh.ok() && fresh.value() > 0) {
    if (Status taken = take(fresh.value()); !taken.ok()) return taken;
  }
  return acknowledge();
}

}  // namespace holdfast::journal
