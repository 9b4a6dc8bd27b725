// The histograms of several workers added up at one moment, and thinned for exposition.
//
// Made and used by the thread that is scraped. Pure values.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/histogram.h"

namespace holdfast::metrics {

class HistogramSnapshot {
 public:
  struct Bucket {
    double upper_bound_seconds;
    uint64_t cumulative_count;
  };

  // Each bucket is read once, so that count() and exposed_buckets() agree whatever the writer does
  // meanwhile; only the sum may be a few records off.
  void add(const Histogram& histogram);

  // What was recorded after `earlier` was taken of the same histograms.
  HistogramSnapshot since(const HistogramSnapshot& earlier) const;

  uint64_t count() const;
  // The upper bound of the bucket in which the share `q` of all is reached; 0 when nothing was recorded.
  double quantile_seconds(double q) const;
  double sum_seconds() const { return static_cast<double>(sum_ns_) / 1e9; }

  // One bucket per octave from about 1 us to about 8.6 s, without +Inf. The bounds are those of
  // base/histogram.h, since counts cannot be moved between buckets: 2^n nanoseconds, not round numbers.
  std::vector<Bucket> exposed_buckets() const;

 private:
  std::array<uint64_t, Histogram::kBuckets> counts_{};
  uint64_t sum_ns_ = 0;
};

}  // namespace holdfast::metrics
