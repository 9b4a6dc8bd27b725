#include "cli/offline.h"

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "cli/commands.h"

namespace holdfast::cli {
namespace {

journal::StopSignal& stop_signal() {
  static auto* const kStop = new journal::StopSignal();
  return *kStop;
}

// An atomic store and a write to an eventfd: a signal handler may do that.
void note_signal(int) {
  const int number = errno;
  stop_signal().request();
  errno = number;
}

}  // namespace

void begin_offline() {
  (void)stop_signal();  // made before the handler needs it
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  // Once: a second Ctrl-C ends a command that does not get to the first.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
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
