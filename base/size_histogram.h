// A histogram of sizes in bytes with fixed buckets, written by one thread and read by any (see counter.h).
//
// Bounds are powers of four from 64 bytes to 64 MiB; each is the largest size of its bucket.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"

namespace holdfast {

class SizeHistogram {
 public:
  static constexpr int kBounds = 11;

  void record(uint64_t bytes) {
    buckets_[bucket_of(bytes)].add();
    sum_.add(bytes);
  }

  // Of bucket `bucket`, the last of which (kBounds) is for what is larger than any bound.
  uint64_t bucket_count(int bucket) const { return buckets_[static_cast<size_t>(bucket)].get(); }
  uint64_t sum() const { return sum_.get(); }
  static constexpr uint64_t bound(int bucket) { return uint64_t{64} << (2 * bucket); }

  static constexpr size_t bucket_of(uint64_t bytes) {
    if (bytes <= bound(0)) return 0;
    const auto bucket = static_cast<size_t>(std::bit_width(bytes - 1) - 6 + 1) / 2;
    return bucket < kBounds ? bucket : kBounds;
  }

 private:
  std::array<Counter, kBounds + 1> buckets_;
  Counter sum_;
};

}  // namespace holdfast
