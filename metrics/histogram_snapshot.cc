#include "metrics/histogram_snapshot.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace holdfast::metrics {
namespace {

constexpr uint64_t kLargestBoundNs = uint64_t{1} << 33;

}  // namespace

void HistogramSnapshot::add(const Histogram& histogram) {
  for (int i = 0; i < Histogram::kBuckets; ++i) counts_[static_cast<size_t>(i)] += histogram.bucket_count(i);
  sum_ns_ += histogram.sum_ns();
}

uint64_t HistogramSnapshot::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
}

HistogramSnapshot HistogramSnapshot::since(const HistogramSnapshot& earlier) const {
  HistogramSnapshot difference;
  for (size_t i = 0; i < counts_.size(); ++i) difference.counts_[i] = counts_[i] - earlier.counts_[i];
  difference.sum_ns_ = sum_ns_ - earlier.sum_ns_;
  return difference;
}

double HistogramSnapshot::quantile_seconds(double q) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count())));
  if (wanted == 0) return 0;
  uint64_t seen = 0;
  for (int bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    seen += counts_[static_cast<size_t>(bucket)];
    // The last bucket has no upper bound; its lower one is the best that can be said.
    if (seen >= wanted)
      return static_cast<double>(Histogram::upper_bound_ns(std::min(bucket, Histogram::kBuckets - 2))) / 1e9;
  }
  return 0;
}

std::vector<HistogramSnapshot::Bucket> HistogramSnapshot::exposed_buckets() const {
  std::vector<Bucket> exposed;
  uint64_t cumulative = 0;
  for (int i = 0; i < Histogram::kBuckets; ++i) {
    cumulative += counts_[static_cast<size_t>(i)];
    const uint64_t bound = Histogram::upper_bound_ns(i);
    if (bound > kLargestBoundNs) break;
    if (std::has_single_bit(bound)) exposed.push_back({static_cast<double>(bound) / 1e9, cumulative});
  }
  return exposed;
}

}  // namespace holdfast::metrics
