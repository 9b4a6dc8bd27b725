// Replies of one session that may not leave yet: those of gated writes, and everything behind them, since
// replies leave in order. Lent to a session by its worker only while it holds something. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/asked.h"

namespace holdfast::proxy {

class HeldReplies {
 public:
  // Bytes behind a barrier; 0 for bytes that only wait their turn. `replies` counts those that end here;
  // `read` says that they are of reads.
  // `written_ns`: when the request was written to Redis, 0 if that is not known.
  void append(uint64_t barrier, std::string_view bytes, uint32_t replies, const Asked& asked, uint64_t now_ns,
              bool read = false, uint64_t written_ns = 0);

  // What is behind the barrier is durable, or (not durable) the replies become `error` each, those of reads
  // `read_error`.
  // Answers how many replies that concerned.
  uint32_t settle(uint64_t barrier, bool durable, std::string_view error, std::string_view read_error = {});

  // What may leave now; drop_ready() forgets it.
  std::string_view ready() const;
  struct Released {
    Asked asked;  // the first one of them
    uint64_t written_ns;
    uint64_t held_ns;
    uint32_t replies;
  };
  // Calls back with each segment of gated replies that ready() covered.
  template <typename Callback>
  void visit_ready(Callback callback) const;
  void drop_ready();

  // How many replies of gated writes are in here.
  uint32_t gated_replies() const;

  bool empty() const { return first_ == segments_.size(); }
  size_t size() const { return bytes_.size() - begin_; }
  size_t capacity() const { return bytes_.capacity(); }
  void clear();

 private:
  struct Segment {
    uint64_t barrier;  // 0: may leave
    size_t bytes;
    Released released;
    bool gated;
    bool read;
  };

  // Is this the request behind those of `last`, in the same write to Redis?
  static bool goes_on(const Released& last, const Asked& asked);
  // A session that never catches up must not keep what has left.
  void compact();

  std::string bytes_;
  size_t begin_ = 0;  // of the first segment in bytes_
  std::vector<Segment> segments_;
  size_t first_ = 0;
};

template <typename Callback>
void HeldReplies::visit_ready(Callback callback) const {
  for (size_t i = first_; i < segments_.size() && segments_[i].barrier == 0; ++i) {
    if (segments_[i].gated) callback(segments_[i].released);
  }
}

}  // namespace holdfast::proxy
