#include "tests/support/background_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/child_process.h"

namespace holdfast::testing {

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& command, const std::string& output) {
  const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  pid_ = spawn(command, fd);
  ::close(fd);
  EXPECT_GT(pid_, 0) << command[0];
}

BackgroundProgram::~BackgroundProgram() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

int BackgroundProgram::interrupt() {
  int status = 0;
  ::kill(pid_, SIGINT);
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace holdfast::testing
