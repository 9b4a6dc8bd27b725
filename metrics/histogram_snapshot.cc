#include "metrics/histogram_snapshot.h"

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
