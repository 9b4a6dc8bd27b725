// Puts every key of a load in place, so that every GET of it finds a value. Blocks; any thread.
#pragma once

#include "base/result.h"
#include "bench/load/spec.h"

namespace holdfast::bench {

// SETs each of the spec's keys once, through the spec's port.
Status fill_keys(const LoadSpec& spec);

}  // namespace holdfast::bench
