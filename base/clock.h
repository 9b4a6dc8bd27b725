// Time, in the two forms that Holdfast needs. Thread-safe.
#pragma once

#include <cstdint>

namespace holdfast {

// Nanoseconds on a clock that never jumps; only differences mean anything.
uint64_t monotonic_ns();

// Milliseconds since the Unix epoch, as Redis writes absolute expiry times.
int64_t unix_ms();

}  // namespace holdfast
