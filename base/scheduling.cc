#include "base/scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace holdfast {
namespace {

constexpr int kLowestNice = 19;
constexpr uint64_t kShortSliceNs = 100'000;  // the least that the kernel takes
constexpr uint64_t kResetOnFork = 1;         // SCHED_FLAG_RESET_ON_FORK of linux/sched.h

// struct sched_attr of linux/sched/types.h, which has no wrapper in glibc 2.36: its first version.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = SCHED_OTHER;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;  // ns
};
static_assert(sizeof(SchedulingAttributes) == 48);
// linux/ioprio.h has no header in the C library.
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioIdle = 3 << 13;

}  // namespace

void schedule_in_batches() {
  if (sched_getscheduler(0) != SCHED_OTHER) return;
  const sched_param none{};
  // Lowering is allowed to everybody; where a sandbox forbids the call, all works as before.
  (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

void take_short_slices() {
  if (sched_getscheduler(0) != SCHED_OTHER) return;
  SchedulingAttributes attributes;
  attributes.flags = kResetOnFork;
  attributes.nice = getpriority(PRIO_PROCESS, 0);
  attributes.runtime = kShortSliceNs;
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void lower_priority() {
  schedule_in_batches();
  // Of a thread: 0 means the calling one (setpriority(2), "C library/kernel differences").
  (void)setpriority(PRIO_PROCESS, 0, kLowestNice);
  (void)syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, kIoprioIdle);
}

}  // namespace holdfast
