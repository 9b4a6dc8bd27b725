// What the journal thread tells everybody else: the watermark, the numbers, and why it is not ready.
//
// Written by the journal thread, read by any. The watermark is lock-free; the rest takes a lock that the
// hot path never needs.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "journal/history.h"
#include "journal/journal.h"
#include "journal/watermark.h"

namespace holdfast::journal {

class Publication {
 public:
  void add_waker(Waker* waker) { wakers_.push_back(waker); }
  // Does any client wait for what is being journaled?
  bool awaited() const;

  // The journal stands at `position`. `new_history`: offsets known so far mean nothing any more.
  void adopt(const Position& position, bool new_history);
  // The directory was read, or cannot be: from here on it is known whether there is a history.
  void directory_read();
  // More of the same history is durable.
  void advance(uint64_t durable_offset);
  // True: attached and writable from here on. Clears the reason.
  void accept();
  // False, because of `reason`.
  void refuse(const std::string& reason);

  // What came of the last rehearsal; any sentence.
  void set_rehearsal(const std::string& sentence);
  std::string rehearsal() const;

  // True while the upstream is being given its data back: nothing that it says is believed, whatever its
  // history, and clients are told why with `reason`.
  void recover(bool recovering, const std::string& reason);

  JournalState state() const;
  MembershipAnswer check_membership(const ReplicationInfo& info) const;
  const Watermark& watermark() const { return watermark_; }
  JournalStats& stats() { return stats_; }
  const JournalStats& stats() const { return stats_; }

 private:
  void wake_all();

  Watermark watermark_;
  JournalStats stats_;
  std::vector<Waker*> wakers_;  // fixed before the thread starts

  mutable std::mutex mutex_;
  std::string reason_ = "the journal is starting";
  std::string rehearsal_;
  bool directory_read_ = false;
  bool recovering_ = false;
  // The replication id, and the offset that every server of this history is known to have reached: a
  // link's handshake can be older than what has become durable since.
  std::optional<Position> known_;
};

}  // namespace holdfast::journal
