// The load generator: one thread, one epoll, as many clients as asked for.
//
// Every reply is checked for being the one that its request must get; an error reply, a closed connection or
// ten seconds without any reply fail the run, so that no number is ever made of failures.
#pragma once

#include "base/result.h"
#include "bench/load/spec.h"

namespace holdfast::bench {

// Blocks for the whole run. When the measured part is over, replies that are still to come are awaited before
// the connections close.
Result<LoadResult> run_load(const LoadSpec& spec);

}  // namespace holdfast::bench
