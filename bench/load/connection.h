// One client of the load generator: what it has sent and what it still waits for. Owned by the generator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/messages.h"
#include "bench/load/tcp.h"

namespace holdfast::bench {

struct SentRequest {
  uint64_t from_ns;  // where its latency counts from
  RequestKind kind;
};

// A ring of at most `capacity` requests in the order of their sending.
class SentQueue {
 public:
  explicit SentQueue(size_t capacity) : ring_(capacity) {}

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const SentRequest& front() const { return ring_[first_]; }
  void push(SentRequest request) { ring_[(first_ + size_++) % ring_.size()] = request; }
  void pop() {
    if (++first_ == ring_.size()) first_ = 0;
    --size_;
  }

 private:
  std::vector<SentRequest> ring_;
  size_t first_ = 0;
  size_t size_ = 0;
};

struct Connection {
  Connection(Fd socket, size_t group_index, size_t pipeline)
      : fd(std::move(socket)), group(group_index), sent(pipeline) {}

  Fd fd;
  size_t group;
  SentQueue sent;
  std::string unsent;      // what the socket had no room for
  std::string reply_tail;  // of a reply that is not complete yet
};

}  // namespace holdfast::bench
