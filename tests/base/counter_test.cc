#include "base/counter.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"

namespace holdfast {
namespace {

TEST(Counter, AddsSubtractsAndSets) {
  Counter counter;
  EXPECT_EQ(counter.get(), 0u);
  counter.add();
  counter.add(41);
  counter.sub(2);
  EXPECT_EQ(counter.get(), 40u);
  counter.set(7);
  EXPECT_EQ(counter.get(), 7u);
}

TEST(Counter, AReaderOnAnotherThreadNeverSeesItGoBack) {
  constexpr uint64_t kAdds = 200'000;
  Counter counter;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kAdds; ++i) counter.add();
  });
  uint64_t last = 0;
  bool ordered = true;
  while (last < kAdds) {
    const uint64_t now = counter.get();
    ordered = ordered && now >= last;
    last = now;
  }
  writer.join();
  EXPECT_TRUE(ordered);
  EXPECT_EQ(counter.get(), kAdds);
}

TEST(Clock, MonotonicTimeDoesNotGoBack) {
  uint64_t last = monotonic_ns();
  for (int i = 0; i < 1000; ++i) {
    const uint64_t now = monotonic_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, UnixTimeIsInMilliseconds) {
  // Between 2020 and 2100: wrong units would be off by a factor of a thousand.
  EXPECT_GT(unix_ms(), 1'577'836'800'000);
  EXPECT_LT(unix_ms(), 4'102'444'800'000);
}

}  // namespace
}  // namespace holdfast
