#include "bench/servers/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

namespace holdfast::bench {
namespace {

void wait_a_little() {
  const timespec pause{0, 20'000'000};
  nanosleep(&pause, nullptr);
}

// In the child, after fork(): never returns.
[[noreturn]] void become(const std::vector<char*>& argv, const ProcessOptions& options, int log_fd) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (chdir(options.directory.c_str()) != 0) _exit(127);
  if (options.cpus) sched_setaffinity(0, sizeof(cpu_set_t), &*options.cpus);
  for (const std::string& variable : options.environment) putenv(const_cast<char*>(variable.c_str()));
  const int null_fd = open("/dev/null", O_RDONLY);
  dup2(null_fd, 0);
  dup2(log_fd, 1);
  dup2(log_fd, 2);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

Result<Process> Process::start(const std::string& name, const std::vector<std::string>& arguments,
                               const ProcessOptions& options) {
  const std::string log = options.directory + "/" + name + ".log";
  const int log_fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_fd < 0) return Error::from_errno("cannot write " + log, errno);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) become(argv, options, log_fd);
  const int error = errno;
  close(log_fd);
  if (pid < 0) return Error::from_errno("cannot start " + name, error);
  return Process(name, log, pid);
}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)), log_(std::move(other.log_)), pid_(std::exchange(other.pid_, -1)) {}

void Process::stop() {
  end_within(250);
}

void Process::stop_patiently() {
  end_within(std::numeric_limits<int>::max());
}

void Process::end_within(int pauses) {
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  for (; is_running() && pauses > 0; --pauses) wait_a_little();
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool Process::is_running() {
  if (pid_ >= 0 && waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
  return pid_ >= 0;
}

uint64_t Process::cpu_ns() const {
  clockid_t clock;
  timespec time{};
  if (pid_ < 0 || clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t Process::status_kib(const std::string& field) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  uint64_t kib = 0;
  while (status >> word) {
    if (word == field) {
      status >> kib;
      break;
    }
  }
  return kib;
}

void Process::reset_peak() const {
  // 5 resets the peak resident set size (proc(5), /proc/pid/clear_refs).
  std::ofstream("/proc/" + std::to_string(pid_) + "/clear_refs") << 5;
}

std::string Process::last_words() const {
  std::ifstream file(log_);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return "; its last words: " + (all.size() > 800 ? all.substr(all.size() - 800) : all);
}

cpu_set_t one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  cpu_set_t one;
  CPU_ZERO(&one);
  // The last one: interrupts tend to be served by the first.
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
    if (CPU_ISSET(cpu, &allowed)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  return one;
}

PinnedThread::PinnedThread(const std::optional<cpu_set_t>& cpus) {
  sched_getaffinity(0, sizeof(before_), &before_);
  if (cpus) sched_setaffinity(0, sizeof(cpu_set_t), &*cpus);
}

PinnedThread::~PinnedThread() {
  sched_setaffinity(0, sizeof(before_), &before_);
}

}  // namespace holdfast::bench
