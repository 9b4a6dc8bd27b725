// A number that one thread writes and any thread may read at any time (a scrape).
//
// Relaxed loads and stores by a single writer compile to a plain add in memory: no locked instruction,
// no sharing on the hot path. Two threads that add to the same Counter lose counts; give each its own.
#pragma once

#include <atomic>
#include <cstdint>

namespace holdfast {

class Counter {
 public:
  void add(uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void sub(uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  void set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  // For a high-water mark.
  void raise_to(uint64_t n) {
    if (n > value_.load(std::memory_order_relaxed)) set(n);
  }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Of what happens with every request. The build that bench/ compares with does not count it.
#ifdef HOLDFAST_BENCH_BARE
class RequestCounter : public Counter {
 public:
  void add(uint64_t = 1) {}
};
#else
using RequestCounter = Counter;
#endif

}  // namespace holdfast
