#include "metrics/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace holdfast::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The first numbers of /proc/self/statm: all, and the resident set, in pages (proc(5)).
void read_memory(ProcessStats& stats) {
  std::ifstream statm("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  stats.virtual_bytes = total_pages * page;
  stats.resident_bytes = resident_pages * page;
}

uint64_t open_fds() {
  std::error_code problem;
  uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", problem), end; !problem && entry != end;
       entry.increment(problem))
    ++count;
  return count > 0 ? count - 1 : 0;  // without the one that reads the directory
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  read_memory(stats);
  stats.open_fds = open_fds();
  return stats;
}

}  // namespace holdfast::metrics
