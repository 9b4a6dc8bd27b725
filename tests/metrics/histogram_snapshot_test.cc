#include "metrics/histogram_snapshot.h"

#include <gtest/gtest.h>

namespace holdfast::metrics {
namespace {

TEST(HistogramSnapshot, ExposesOneBucketPerOctaveFromAMicrosecondToSeconds) {
  const auto buckets = HistogramSnapshot().exposed_buckets();
  ASSERT_EQ(buckets.size(), 24u);
  EXPECT_DOUBLE_EQ(buckets.front().upper_bound_seconds, 1024e-9);
  EXPECT_DOUBLE_EQ(buckets.back().upper_bound_seconds, 8.589934592);
  for (size_t i = 1; i < buckets.size(); ++i)
    EXPECT_DOUBLE_EQ(buckets[i].upper_bound_seconds, 2 * buckets[i - 1].upper_bound_seconds);
}

TEST(HistogramSnapshot, CountsAreCumulativeAndLoseNothing) {
  Histogram histogram;
  histogram.record(1);               // below the first bound
  histogram.record(1'023);           // still
  histogram.record(1'024);           // the first value above it
  histogram.record(1'600);           // the upper half of the same octave
  histogram.record(20'000'000'000);  // above the last bound: only in +Inf
  HistogramSnapshot snapshot;
  snapshot.add(histogram);
  const auto buckets = snapshot.exposed_buckets();
  EXPECT_EQ(buckets[0].cumulative_count, 2u);
  EXPECT_EQ(buckets[1].cumulative_count, 4u);
  EXPECT_EQ(buckets.back().cumulative_count, 4u);
  EXPECT_EQ(snapshot.count(), 5u);
  EXPECT_DOUBLE_EQ(snapshot.sum_seconds(), (1 + 1'023 + 1'024 + 1'600) / 1e9 + 20);
}

TEST(HistogramSnapshot, AddsUpSeveral) {
  Histogram first;
  Histogram second;
  first.record(1'000'000, 3);
  second.record(1'000'000, 4);
  second.record(500);
  HistogramSnapshot snapshot;
  snapshot.add(first);
  snapshot.add(second);
  EXPECT_EQ(snapshot.count(), 8u);
  EXPECT_EQ(snapshot.exposed_buckets()[0].cumulative_count, 1u);
  EXPECT_DOUBLE_EQ(snapshot.sum_seconds(), 0.0070005);
}

}  // namespace
}  // namespace holdfast::metrics
