#include "base/size_histogram.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(SizeHistogram, EachBoundIsTheLargestOfItsBucket) {
  EXPECT_EQ(SizeHistogram::bucket_of(0), 0u);
  for (int i = 0; i < SizeHistogram::kBounds; ++i) {
    EXPECT_EQ(SizeHistogram::bucket_of(SizeHistogram::bound(i)), static_cast<size_t>(i));
    EXPECT_EQ(SizeHistogram::bucket_of(SizeHistogram::bound(i) + 1), static_cast<size_t>(i) + 1);
  }
  EXPECT_EQ(SizeHistogram::bound(SizeHistogram::kBounds - 1), uint64_t{64} << 20);
  EXPECT_EQ(SizeHistogram::bucket_of(UINT64_MAX), static_cast<size_t>(SizeHistogram::kBounds));
}

TEST(SizeHistogram, CountsAndSums) {
  SizeHistogram sizes;
  sizes.record(10);
  sizes.record(100);
  sizes.record(200);
  EXPECT_EQ(sizes.bucket_count(0), 1u);
  EXPECT_EQ(sizes.bucket_count(1), 2u);
  EXPECT_EQ(sizes.sum(), 310u);
}

}  // namespace
}  // namespace holdfast
