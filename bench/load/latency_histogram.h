// Latencies in nanoseconds, counted in log-linear buckets as HdrHistogram does: each power of two is cut into
// 256 buckets, so a percentile is at most 0.4% above the true value. (base/histogram.h is coarser on purpose:
// it is what Holdfast exports.) One thread at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast::bench {

class LatencyHistogram {
 public:
  LatencyHistogram() : counts_(kBuckets) {}

  void record(uint64_t ns) {
    ++counts_[bucket_of(ns)];
    ++total_;
    max_ns_ = std::max(max_ns_, ns);
  }

  void add(const LatencyHistogram& other) {
    for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
  }

  uint64_t total() const { return total_; }
  uint64_t max_ns() const { return max_ns_; }

  // The least recorded latency that at least `percent` of all do not exceed; 0 when nothing was recorded.
  uint64_t percentile_ns(double percent) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(percent / 100.0 * static_cast<double>(total_)));
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen > 0 && seen >= wanted) return std::min(upper_bound_ns(i), max_ns_);
    }
    return 0;
  }

  static constexpr size_t bucket_of(uint64_t ns) {
    if (ns < kPerOctave) return static_cast<size_t>(ns);
    const int shift = 63 - std::countl_zero(ns) - kBits;
    const size_t bucket = (static_cast<size_t>(shift) + 1) * kPerOctave + ((ns >> shift) - kPerOctave);
    return std::min(bucket, kBuckets - 1);
  }

  // The greatest value that falls into the bucket.
  static constexpr uint64_t upper_bound_ns(size_t bucket) {
    if (bucket < kPerOctave) return bucket;
    const size_t shift = bucket / kPerOctave - 1;
    return ((bucket % kPerOctave + kPerOctave + 1) << shift) - 1;
  }

 private:
  static constexpr int kBits = 8;
  static constexpr size_t kPerOctave = size_t{1} << kBits;
  static constexpr size_t kOctaves = 32;  // up to 2^40 ns, 18 minutes; what is longer counts as that
  static constexpr size_t kBuckets = (kOctaves + 1) * kPerOctave;

  std::vector<uint64_t> counts_;
  uint64_t total_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace holdfast::bench
