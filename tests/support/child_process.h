// Starting programs that must not outlive the test.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace holdfast::testing {

// Forks and runs `command` (found by PATH) with stdout and stderr going to `output_fd` and nothing to read.
// The child is killed when the thread that started it ends, so that a crashed test leaves nothing behind.
// The pid, or -1; a program that cannot be run exits with 127.
pid_t spawn(const std::vector<std::string>& command, int output_fd);

// Is there a program of that name in PATH?
bool is_installed(const std::string& program);

}  // namespace holdfast::testing
