// The kernel is asked, not measured: which policy, niceness and slice a thread has after its wish.
#include "base/scheduling.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <thread>

namespace holdfast {
namespace {

struct Attributes {
  uint32_t size = sizeof(Attributes), policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;
};

Attributes of_this_thread() {
  Attributes attributes;
  EXPECT_EQ(syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0), 0);
  return attributes;
}

bool kernel_has_slices() {
  utsname name{};
  int major = 0, minor = 0;
  return uname(&name) == 0 && std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 12));
}

template <typename Body>
void in_a_thread(Body body) {
  std::thread(body).join();
}

TEST(Scheduling, ShortSlicesChangeTheSliceAndNothingElse) {
  in_a_thread([] {
    const Attributes before = of_this_thread();
    take_short_slices();
    const Attributes after = of_this_thread();
    EXPECT_EQ(after.policy, static_cast<uint32_t>(SCHED_OTHER));
    EXPECT_EQ(after.nice, before.nice);
    if (kernel_has_slices()) {
      EXPECT_EQ(after.runtime, 100'000u);
    }
  });
}

TEST(Scheduling, ShortSlicesKeepTheNicenessThatSomebodyGave) {
  in_a_thread([] {
    ASSERT_EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
    take_short_slices();
    EXPECT_EQ(of_this_thread().nice, 7);
  });
}

TEST(Scheduling, AChosenPolicyIsLeftAlone) {
  in_a_thread([] {
    schedule_in_batches();
    take_short_slices();
    EXPECT_EQ(of_this_thread().policy, static_cast<uint32_t>(SCHED_BATCH));
  });
}

// A compaction that somebody asked for, or the redis-server that it starts.
TEST(Scheduling, WhatAThreadWithShortSlicesBeginsHasTheUsualOnes) {
  in_a_thread([] {
    const Attributes usual = of_this_thread();
    take_short_slices();
    in_a_thread([&] {
      const Attributes after = of_this_thread();
      EXPECT_EQ(after.policy, static_cast<uint32_t>(SCHED_OTHER));
      EXPECT_EQ(after.runtime, usual.runtime);
    });
  });
}

TEST(Scheduling, WorkThatNobodyWaitsForComesLast) {
  in_a_thread([] {
    lower_priority();
    const Attributes after = of_this_thread();
    EXPECT_EQ(after.policy, static_cast<uint32_t>(SCHED_BATCH));
    EXPECT_EQ(after.nice, 19);
  });
}

}  // namespace
}  // namespace holdfast
