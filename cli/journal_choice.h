// Which journal a command works on: a directory, or the one that a configuration names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/config.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

struct JournalChoice {
  std::string journal_dir;  // --journal
  std::string config_file;  // --config
  std::string upstream;     // --upstream: needed where the configuration has several journals
};

// Declares --journal, --config and --upstream. `choice` must outlive the parsing.
void add_journal_choice(CLI::App& command, JournalChoice& choice);

struct ChosenJournal {
  config::Config config;
  size_t index = 0;  // of the upstream
  // With its journal's keys; journal_dir of the choice has replaced the configuration's.
  config::Upstream& upstream() { return config.upstreams[index]; }
};

// With neither directory nor configuration, the defaults. Nothing: what is wrong was said on stderr, in the
// name of `command`.
std::optional<ChosenJournal> choose_journal(const JournalChoice& choice, const char* command);

// Only the directory, for what needs nothing else. The same words.
std::optional<std::string> choose_directory(const JournalChoice& choice, const char* command);

}  // namespace holdfast::cli
