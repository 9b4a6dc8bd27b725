// The commands of the `holdfast` program, one function each. They print for a person and answer the exit
// code: 0 done, 1 it could not be done, 2 the input is wrong.
#pragma once

#include <cstdint>
#include <string>

#include "cli/journal_choice.h"

namespace holdfast::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadInput = 2;

struct RestoreOptions {
  std::string journal_dir;
  std::string to = "latest";
  std::string out_dir;
};

struct CompactOptions {
  JournalChoice journal;
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
int check(const std::string& config_file);
int restore(const RestoreOptions& options);
int rehearse(const RehearseOptions& options);
int compact(const CompactOptions& options);
int accept(const std::string& journal_dir);

}  // namespace holdfast::cli
