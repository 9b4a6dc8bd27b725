#include "proxy/login_limiter.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TEST(LoginLimiter, AFewWrongPasswordsAtOnceThenOneASecond) {
  LoginLimiter limiter;
  uint64_t now = 5 * kSecond;
  for (int i = 0; i < LoginLimiter::kBurst; ++i) {
    EXPECT_TRUE(limiter.allows("a", now));
    limiter.failed("a", now);
  }
  EXPECT_FALSE(limiter.allows("a", now));
  EXPECT_TRUE(limiter.allows("b", now));
  now += kSecond;
  EXPECT_TRUE(limiter.allows("a", now));
  limiter.failed("a", now);
  EXPECT_FALSE(limiter.allows("a", now));
  now += 100 * kSecond;
  for (int i = 0; i < LoginLimiter::kBurst; ++i) {
    EXPECT_TRUE(limiter.allows("a", now));
    limiter.failed("a", now);
  }
  EXPECT_FALSE(limiter.allows("a", now));
}

TEST(LoginLimiter, TheRightPasswordForgivesTheWrongOnes) {
  LoginLimiter limiter;
  for (int i = 0; i < LoginLimiter::kBurst - 1; ++i) limiter.failed("a", kSecond);
  limiter.succeeded("a");
  for (int i = 0; i < LoginLimiter::kBurst - 1; ++i) limiter.failed("a", kSecond);
  EXPECT_TRUE(limiter.allows("a", kSecond));
}

// However many addresses there are, the table stays as large, and the latest are remembered.
TEST(LoginLimiter, ForgetsTheOldestWhenThereAreTooMany) {
  LoginLimiter limiter;
  for (int i = 0; i < LoginLimiter::kBurst; ++i) limiter.failed("old", 1);
  for (int i = 0; i < 5'000; ++i) limiter.failed(std::to_string(i), static_cast<uint64_t>(2 + i));
  EXPECT_TRUE(limiter.allows("old", 10'000));
  for (int i = 1; i < LoginLimiter::kBurst; ++i) limiter.failed("4999", 10'000);
  EXPECT_FALSE(limiter.allows("4999", 10'000));
}

}  // namespace
}  // namespace holdfast::proxy
