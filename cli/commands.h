// The commands of the `holdfast` program, one function each. They print for a person and answer the exit
// code: 0 done, 1 it could not be done (or tests failed), 2 the input is wrong, 3 (explain) refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/journal_choice.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kRefused = 3;

struct CheckOptions {
  std::string config_file;  // empty: the defaults
  bool json = false;
  bool strict = false;  // a warning is an error
  std::string tests;    // a file of expected verdicts; empty: none
};

struct ExplainOptions {
  std::string config_file;  // empty: the defaults
  std::string environment, user;
  bool json = false;
  std::vector<std::string> command;
};

struct CompactOptions {
  JournalChoice journal;
  bool json = false;
  std::string redis_server;  // wins over the configuration's
};

struct RehearseOptions {
  JournalChoice journal;
  std::string url;           // of the Redis to compare with; wins over the configuration's
  std::string redis_server;  // wins over the configuration's
  uint64_t samples = 1000;
  bool json = false;
};

// Serves until SIGTERM or SIGINT. `config_file` empty: the defaults.
int run(const std::string& config_file);
int check(const CheckOptions& options);
int explain(const ExplainOptions& options);
int rehearse(const RehearseOptions& options);
int compact(const CompactOptions& options);
int accept(const JournalChoice& journal);
int recover(const JournalChoice& journal, bool only_lost);
int journal_lost(const JournalChoice& journal, bool as_json);

// These declare themselves: options, help, and what runs when they are chosen. `exit_code` must outlive the
// parsing.
void add_restore_command(CLI::App& app, int& exit_code);

}  // namespace holdfast::cli
