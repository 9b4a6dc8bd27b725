// What the operating system knows about this process: the standard process_* metrics of Prometheus
// clients. Any thread; reads /proc, so not for an event loop that serves requests.
#pragma once

#include <cstdint>

namespace holdfast::metrics {

struct ProcessStats {
  double cpu_seconds = 0;  // user and system
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
};

// A figure that cannot be had is 0.
ProcessStats read_process_stats();

}  // namespace holdfast::metrics
