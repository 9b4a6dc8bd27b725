// How the kernel schedules the calling thread.
#pragma once

namespace holdfast {

// SCHED_BATCH (sched(7)): what wakes this thread goes on running instead of being interrupted for it. On a
// busy processor the work then comes in larger batches; on an idle one nothing changes. A thread with
// another policy than the normal one is left as it is: somebody chose that.
void schedule_in_batches();

// Short slices (EEVDF, since Linux 6.12: sched_attr.sched_runtime): the calling thread gets no more of a
// busy processor than before, but gets it sooner after it was woken. For a thread that works a little at a
// time while others wait for it. The threads and processes that it begins have the usual slices.
// Older kernels ignore the wish; so does this, for a thread whose policy somebody has chosen.
void take_short_slices();

// For work that nobody waits for: the calling thread gets only what others leave of processor and disk.
void lower_priority();

}  // namespace holdfast
