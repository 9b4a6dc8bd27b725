#include "base/scheduling.h"

#include <sched.h>

namespace holdfast {

void schedule_in_batches() {
  if (sched_getscheduler(0) != SCHED_OTHER) return;
  const sched_param none{};
  // Lowering is allowed to everybody; where a sandbox forbids the call, all works as before.
  (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace holdfast
