// The replication stream on its way to the disk: group commit and acknowledgement.
//
// One per replica link; journal thread. While one fdatasync runs, the socket collects the next group,
// and group_pacer.h says when it is worth waiting for a little more. Memory is bounded by two constants:
// kGroupBytes for what one group reads, kHeldBytes for an unfinished command or transaction, whose bytes
// go to a file of their own beyond that.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "journal/group_pacer.h"
#include "journal/nudge.h"
#include "journal/publication.h"
#include "journal/redis_connection.h"
#include "journal/stop_signal.h"
#include "journal/store.h"
#include "journal/stream_tracker.h"

namespace holdfast::journal {

class StreamWriter {
 public:
  static constexpr size_t kGroupBytes = 1u << 20;
  static constexpr size_t kHeldBytes = 4u << 20;

  // `after_full_resync`: Redis holds the stream back until it has seen an acknowledgement, and ignores
  // those that come before it has noticed the end of its own snapshot; so they are repeated until
  // something arrives (replication.c, replconfCommand: repl_start_cmd_stream_on_ack).
  // `at_once`: acknowledge every group as soon as it is durable, because others wait for that in Redis.
  StreamWriter(RedisConnection& connection, Store& store, Publication& publication, Nudge& nudge,
               const StopSignal& stop, bool after_full_resync, bool at_once);

  // Takes what arrives within about a second at most and makes it durable.
  Status step();
  // What has arrived by now becomes durable and is acknowledged; for a stop.
  Status finish();

 private:
  Result<size_t> read_group(int64_t timeout_ms);
  Status read_more(size_t& fresh);
  Status gather(size_t& fresh, size_t meanwhile);
  Status take(size_t fresh);
  Status acknowledge_if_due();
  Status acknowledge();
  int64_t wait_ms() const;
  bool is_awaited() const;

  RedisConnection& connection_;
  Store& store_;
  Publication& publication_;
  Nudge& nudge_;
  const StopSignal& stop_;
  GroupPacer pacer_;
  StreamTracker tracker_;
  std::unique_ptr<char[]> buffer_;  // a page of it is memory only once something was read into it
  size_t held_ = 0;                 // bytes at the start of buffer_ after the last safe cut
  bool flowing_;
  const uint64_t ack_spacing_ns_;
  bool ack_now_ = false;
  uint64_t heard_ns_;  // when the last byte came
  uint64_t acked_ns_ = 0;
  uint64_t acked_offset_ = 0;
};

}  // namespace holdfast::journal
