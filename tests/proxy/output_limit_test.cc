#include "proxy/output_limit.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr size_t kSoft = OutputLimit::kSoftBytes;

TEST(OutputLimit, TheHardLimitIsAtOnce) {
  OutputLimit limit;
  EXPECT_FALSE(limit.is_exceeded(OutputLimit::kHardBytes - 1, kSecond));
  EXPECT_TRUE(limit.is_exceeded(OutputLimit::kHardBytes, kSecond));
}

TEST(OutputLimit, TheSoftLimitIsForTooLong) {
  OutputLimit limit;
  EXPECT_FALSE(limit.is_exceeded(kSoft, 1 * kSecond));
  EXPECT_TRUE(limit.is_over_soft_limit());
  EXPECT_FALSE(limit.is_exceeded(kSoft, 61 * kSecond - 1));
  EXPECT_TRUE(limit.is_exceeded(kSoft, 61 * kSecond));
}

TEST(OutputLimit, BelowItTheTimeBeginsAnew) {
  OutputLimit limit;
  EXPECT_FALSE(limit.is_exceeded(kSoft, 1 * kSecond));
  EXPECT_FALSE(limit.is_exceeded(kSoft - 1, 50 * kSecond));
  EXPECT_FALSE(limit.is_over_soft_limit());
  EXPECT_FALSE(limit.is_exceeded(kSoft, 60 * kSecond));
  EXPECT_FALSE(limit.is_exceeded(kSoft, 119 * kSecond));
  EXPECT_TRUE(limit.is_exceeded(kSoft, 120 * kSecond));
}

}  // namespace
}  // namespace holdfast::proxy
