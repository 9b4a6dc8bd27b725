// Ctrl-C and SIGTERM end the benchmark in order: whatever waits notices, and everything started is ended.
#pragma once

#include "base/result.h"

namespace holdfast::bench {

// Once, at the start.
void catch_interrupts();
bool interrupted();
inline Error interrupted_error() {
  return Error(ErrorCode::kUnavailable, "interrupted");
}

}  // namespace holdfast::bench
