#include "base/histogram.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Histogram, BoundsGrow) {
  for (int bucket = 1; bucket < Histogram::kBuckets; ++bucket)
    EXPECT_GT(Histogram::upper_bound_ns(bucket), Histogram::upper_bound_ns(bucket - 1)) << bucket;
}

TEST(Histogram, AnUpperBoundIsTheFirstValueOfTheNextBucket) {
  for (int bucket = 0; bucket < Histogram::kBuckets - 1; ++bucket) {
    const uint64_t bound = Histogram::upper_bound_ns(bucket);
    EXPECT_EQ(Histogram::bucket_of(bound - 1), static_cast<size_t>(bucket)) << bound;
    EXPECT_EQ(Histogram::bucket_of(bound), static_cast<size_t>(bucket) + 1) << bound;
  }
}

TEST(Histogram, EndsHaveTheirBuckets) {
  EXPECT_EQ(Histogram::bucket_of(0), 0u);
  EXPECT_EQ(Histogram::bucket_of(1023), 0u);
  EXPECT_EQ(Histogram::bucket_of(1024), 1u);
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), static_cast<size_t>(Histogram::kBuckets - 1));
  EXPECT_EQ(Histogram::upper_bound_ns(0), 1024u);
  EXPECT_EQ(Histogram::upper_bound_ns(Histogram::kBuckets - 2), uint64_t{1} << 36);
  EXPECT_EQ(Histogram::upper_bound_ns(Histogram::kBuckets - 1), UINT64_MAX);
}

TEST(Histogram, ABucketIsAtMostHalfAsWideAsItsLowerBound) {
  for (int bucket = 1; bucket < Histogram::kBuckets - 1; ++bucket) {
    const uint64_t lower = Histogram::upper_bound_ns(bucket - 1);
    EXPECT_LE(Histogram::upper_bound_ns(bucket) - lower, lower / 2) << bucket;
  }
}

TEST(Histogram, CountsAndSumsWhatWasRecorded) {
  Histogram histogram;
  histogram.record(100);
  histogram.record(2'000, 3);
  histogram.record(uint64_t{1} << 40);
  EXPECT_EQ(histogram.bucket_count(0), 1u);
  EXPECT_EQ(histogram.bucket_count(static_cast<int>(Histogram::bucket_of(2'000))), 3u);
  EXPECT_EQ(histogram.bucket_count(Histogram::kBuckets - 1), 1u);
  EXPECT_EQ(histogram.sum_ns(), 100 + 6'000 + (uint64_t{1} << 40));
}

}  // namespace
}  // namespace holdfast
