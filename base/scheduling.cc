#include "base/scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace holdfast {
namespace {

constexpr int kLowestNice = 19;
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

void lower_priority() {
  schedule_in_batches();
  // Of a thread: 0 means the calling one (setpriority(2), "C library/kernel differences").
  (void)setpriority(PRIO_PROCESS, 0, kLowestNice);
  (void)syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, kIoprioIdle);
}

}  // namespace holdfast
