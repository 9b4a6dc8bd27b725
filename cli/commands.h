// The commands of the `holdfast` program, one function each. They print for a person and answer the exit
// code: 0 done, 1 it could not be done, 2 the input is wrong.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace holdfast::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadInput = 2;

// Serves until SIGTERM or SIGINT. `config_file` empty: the defaults.
int run(const std::string& config_file);
int check(const std::string& config_file);
int accept(const std::string& journal_dir);

// These declare themselves: options, help, and what runs when they are chosen. `exit_code` must outlive the
// parsing.
void add_restore_command(CLI::App& app, int& exit_code);

}  // namespace holdfast::cli
