#include "bench/report/machine.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "bench/load/tcp.h"
#include "bench/report/spread.h"

namespace holdfast::bench {
namespace {

std::string cpu_model() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown processor";
}

// The first line that a command prints.
std::string first_line(const std::string& command) {
  FILE* output = popen((command + " 2>&1").c_str(), "r");
  if (output == nullptr) return "";
  std::array<char, 256> buffer{};
  const char* line = fgets(buffer.data(), static_cast<int>(buffer.size()), output);
  std::string text = line != nullptr ? line : "";
  pclose(output);
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<double> measure_fdatasync_us(const std::string& directory) {
  constexpr int kTimes = 300;
  const std::string path = directory + "/fdatasync";
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (fd.get() < 0) return Error::from_errno("cannot write " + path, errno);
  const std::string bytes(128, 'x');
  std::vector<double> times;
  for (int i = 0; i < kTimes; ++i) {
    if (write(fd.get(), bytes.data(), bytes.size()) < 0)
      return Error::from_errno("cannot write " + path, errno);
    const uint64_t begin = monotonic_ns();
    if (fdatasync(fd.get()) != 0) return Error::from_errno("cannot sync " + path, errno);
    times.push_back(static_cast<double>(monotonic_ns() - begin) / 1000);
  }
  unlink(path.c_str());
  return spread_of(times).median;
}

Result<std::string> describe_machine(const std::string& directory, const std::string& revision) {
  const auto sync_us = measure_fdatasync_us(directory);
  if (!sync_us.ok()) return sync_us.error();
  utsname system{};
  uname(&system);
  std::string text =
      "- " + std::to_string(std::thread::hardware_concurrency()) + " processors: " + cpu_model() + "\n- " +
      system.sysname + " " + system.release + " " + system.machine +
      "\n- fdatasync after 128 appended bytes, median: " + number(sync_us.value(), 0) + " us\n";
  text += "- " + first_line("redis-server --version") + "\n- " + first_line("haproxy -v") + "\n- " +
          first_line("nutcracker --version") + "\n";
  if (!revision.empty()) text += "- Holdfast: revision " + revision + "\n";
  return text;
}

}  // namespace holdfast::bench
