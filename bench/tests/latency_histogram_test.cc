#include "bench/load/latency_histogram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace holdfast::bench {
namespace {

TEST(LatencyHistogram, IsEmptyAtFirst) {
  EXPECT_EQ(LatencyHistogram().percentile_ns(99), 0u);
}

TEST(LatencyHistogram, SmallValuesAreExact) {
  LatencyHistogram histogram;
  for (uint64_t ns = 1; ns <= 100; ++ns) histogram.record(ns);
  EXPECT_EQ(histogram.percentile_ns(50), 50u);
  EXPECT_EQ(histogram.percentile_ns(99), 99u);
  EXPECT_EQ(histogram.percentile_ns(100), 100u);
}

TEST(LatencyHistogram, BucketsFollowEachOtherWithoutGaps) {
  for (uint64_t ns = 1; ns < 100'000; ++ns) {
    const size_t bucket = LatencyHistogram::bucket_of(ns);
    ASSERT_GE(LatencyHistogram::upper_bound_ns(bucket), ns);
    ASSERT_LT(LatencyHistogram::upper_bound_ns(bucket - 1), ns);
  }
}

TEST(LatencyHistogram, IsWithinOnePercentFromNanosecondsToMinutes) {
  for (double value = 1; value < 6e11; value *= 1.03) {
    const auto ns = static_cast<uint64_t>(value);
    const auto bound = static_cast<double>(LatencyHistogram::upper_bound_ns(LatencyHistogram::bucket_of(ns)));
    ASSERT_GE(bound, static_cast<double>(ns));
    ASSERT_LE(bound, static_cast<double>(ns) * 1.005) << ns;
  }
}

TEST(LatencyHistogram, PercentilesOfAUniformSpreadAreWithinOnePercent) {
  LatencyHistogram histogram;
  for (uint64_t us = 1; us <= 10'000; ++us) histogram.record(us * 1000);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(50)), 5e6, 5e4);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(99)), 9.9e6, 9.9e4);
}

TEST(LatencyHistogram, WhatIsTooLongCountsAsTheLongest) {
  LatencyHistogram histogram;
  histogram.record(UINT64_MAX / 2);
  EXPECT_EQ(histogram.total(), 1u);
  EXPECT_GT(histogram.percentile_ns(50), uint64_t{1} << 39);
}

TEST(LatencyHistogram, AddsAnother) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.record(10);
  other.record(20);
  other.record(30);
  one.add(other);
  EXPECT_EQ(one.total(), 3u);
  EXPECT_EQ(one.percentile_ns(50), 20u);
  EXPECT_EQ(one.max_ns(), 30u);
}

}  // namespace
}  // namespace holdfast::bench
