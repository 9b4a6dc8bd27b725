// A program that the benchmark has started: its clocks, its memory, and its end. Owned by a Fleet.
//
// It is in a process group of its own, so that Ctrl-C reaches only the benchmark, which ends it in order; and
// the kernel kills it if the benchmark dies. One thread: the one that started it.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::bench {

struct ProcessOptions {
  std::string directory;  // working directory, also of its output, <name>.log
  std::optional<cpu_set_t> cpus;
  std::vector<std::string> environment;  // NAME=value, added to ours
};

class Process {
 public:
  // `arguments` begin with the program, found by PATH. That it cannot be run shows up as its end.
  static Result<Process> start(const std::string& name, const std::vector<std::string>& arguments,
                               const ProcessOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process() { stop(); }

  // SIGTERM, five seconds, SIGKILL; waits for the end. Does nothing the second time.
  void stop();
  // The same, but as long as it takes: for a program that writes something when it ends.
  void stop_patiently();

  bool is_running();
  pid_t pid() const { return pid_; }
  const std::string& name() const { return name_; }

  // CPU time of all its threads, user and system, in nanoseconds.
  uint64_t cpu_ns() const;
  uint64_t resident_kib() const { return status_kib("VmRSS:"); }
  // Since the last reset_peak(), or its start.
  uint64_t peak_kib() const { return status_kib("VmHWM:"); }
  void reset_peak() const;

  // "; its last words: ...", from its log.
  std::string last_words() const;

 private:
  Process(std::string name, std::string log, pid_t pid)
      : name_(std::move(name)), log_(std::move(log)), pid_(pid) {}
  uint64_t status_kib(const std::string& field) const;
  void end_within(int pauses);

  std::string name_;
  std::string log_;
  pid_t pid_;
};

// One processor that this process may use, as a set.
cpu_set_t one_cpu();

// Binds the calling thread to a set of processors for as long as it lives. No set: does nothing.
class PinnedThread {
 public:
  explicit PinnedThread(const std::optional<cpu_set_t>& cpus);
  ~PinnedThread();
  PinnedThread(const PinnedThread&) = delete;
  PinnedThread& operator=(const PinnedThread&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace holdfast::bench
