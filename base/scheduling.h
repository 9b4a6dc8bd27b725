// How the kernel schedules the calling thread.
#pragma once

namespace holdfast {

// SCHED_BATCH (sched(7)): what wakes this thread goes on running instead of being interrupted for it. On a
// busy processor the work then comes in larger batches; on an idle one nothing changes. A thread with
// another policy than the normal one is left as it is: somebody chose that.
void schedule_in_batches();

// For work that nobody waits for: the calling thread gets only what others leave of processor and disk.
void lower_priority();

}  // namespace holdfast
