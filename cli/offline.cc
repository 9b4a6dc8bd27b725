#include "cli/offline.h"

#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/same_signal.h"

namespace holdfast::cli {
namespace {

journal::StopSignal& stop_signal() {
  static auto* const kStop = new journal::StopSignal();
  return *kStop;
}

// An atomic store, a write to an eventfd, a look at the clock: a signal handler may do that.
void note_signal(int signal_number) {
  const int number = errno;
  static std::atomic<uint64_t> first_ns = 0;
  const uint64_t now_ns = monotonic_ns();
  uint64_t none = 0;
  if (!first_ns.compare_exchange_strong(none, now_ns) && now_ns - first_ns.load() > kSameSignalNs) {
    // It does not get to the end of what it does: the default ends it.
    std::signal(signal_number, SIG_DFL);
    ::raise(signal_number);
  }
  stop_signal().request();
  errno = number;
}

}  // namespace

void begin_offline() {
  (void)stop_signal();  // made before the handler needs it
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

bool interrupted() {
  return stop_signal().requested();
}

const journal::StopSignal& offline_stop() {
  return stop_signal();
}

Status not_interrupted() {
  if (!interrupted()) return {};
  return Error(ErrorCode::kRefused, "interrupted; nothing was changed");
}

int report_error(const Error& error, const std::string& command) {
  std::fprintf(stderr, "holdfast %s: %s\n", command.c_str(), error.message().c_str());
  return error.code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

}  // namespace holdfast::cli
