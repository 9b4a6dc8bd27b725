#include "cli/offline.h"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "cli/commands.h"

namespace holdfast::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void note_signal(int) {
  g_interrupted = 1;
}

}  // namespace

void begin_offline() {
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
  return g_interrupted != 0;
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
