// A histogram of durations with fixed buckets, written by one thread and read by any (see counter.h).
//
// Buckets are log-linear: each power of two from 1 us to ~67 s is cut into two, so a bucket is at most
// 50% wide and recording is a count-leading-zeros and an add.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/counter.h"

namespace holdfast {

class Histogram {
 public:
  // Bucket 0 is [0, 1024 ns); then two per octave; the last one has no upper bound.
  static constexpr int kFirstOctave = 10;  // 2^10 ns = 1.024 us
  static constexpr int kOctaves = 26;      // up to 2^36 ns = 68.7 s
  static constexpr int kBuckets = 1 + 2 * kOctaves + 1;

  void record(uint64_t ns, uint64_t count = 1) {
    buckets_[bucket_of(ns)].add(count);
    sum_ns_.add(ns * count);
  }

  // The two halves of record(), for who records the same duration several times.
  void count_in(size_t bucket, uint64_t count) { buckets_[bucket].add(count); }
  void add_to_sum(uint64_t ns) { sum_ns_.add(ns); }

  uint64_t bucket_count(int bucket) const { return buckets_[static_cast<size_t>(bucket)].get(); }
  uint64_t sum_ns() const { return sum_ns_.get(); }

  // Exclusive upper bound of a bucket in nanoseconds; the last one has none and answers UINT64_MAX.
  static constexpr uint64_t upper_bound_ns(int bucket) {
    if (bucket == 0) return uint64_t{1} << kFirstOctave;
    if (bucket >= kBuckets - 1) return UINT64_MAX;
    const int octave = kFirstOctave + (bucket - 1) / 2;
    const uint64_t base = uint64_t{1} << octave;
    return (bucket - 1) % 2 == 0 ? base + base / 2 : base * 2;
  }

  static constexpr size_t bucket_of(uint64_t ns) {
    if (ns < (uint64_t{1} << kFirstOctave)) return 0;
    const int octave = 63 - std::countl_zero(ns);
    if (octave >= kFirstOctave + kOctaves) return kBuckets - 1;
    const auto upper_half = (ns >> (octave - 1)) & 1;
    return static_cast<size_t>(1 + 2 * (octave - kFirstOctave)) + upper_half;
  }

 private:
  std::array<RequestCounter, kBuckets> buckets_;
  RequestCounter sum_ns_;
};

}  // namespace holdfast
