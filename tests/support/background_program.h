// A program that runs beside a test until it is interrupted, with its output in a file.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace holdfast::testing {

class BackgroundProgram {
 public:
  BackgroundProgram(const std::vector<std::string>& command, const std::string& output);
  ~BackgroundProgram();  // SIGKILL when it still runs
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  // SIGINT, then waits for the end: the exit code, 128 + N when signal N ended it.
  int interrupt();

 private:
  pid_t pid_;
};

}  // namespace holdfast::testing
