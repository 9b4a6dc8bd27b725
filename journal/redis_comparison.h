// The second half of a rehearsal: does the restored Redis have what the live one has?
//
// The live one goes on being written, so a key is compared only between two moments at which the live one
// said the same of it, and the restored one is given everything up to the first of them in between. What
// differs is looked at again later; what changes all the time is counted as such.
#pragma once

#include "base/result.h"
#include "journal/rehearsal.h"
#include "journal/restored_redis.h"

namespace holdfast::journal {

Status count_keys(RestoredRedis& restored, RehearsalReport& report);

Status compare_with_live(RestoredRedis& restored, const RehearsalOptions& options, const StopSignal& stop,
                         RehearsalReport& report);

}  // namespace holdfast::journal
