#include "cli/journal_choice.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "cli/configuration.h"
#include "cli/option_checks.h"

namespace holdfast::cli {

void add_journal_choice(CLI::App& command, JournalChoice& choice) {
  command
      .add_option("--journal", choice.journal_dir,
                  "The journal's directory; without it the configuration's, or holdfast-data")
      ->check(not_empty);
  command.add_option("-c,--config", choice.config_file, "The configuration that names the journal")
      ->check(not_empty);
  command.add_option("--upstream", choice.upstream, "Which, where the configuration has several")
      ->check(not_empty);
}

std::optional<ChosenJournal> choose_journal(const JournalChoice& choice, const char* command) {
  config::LoadResult loaded = load_and_check(choice.config_file);
  std::optional<config::Config>& config = loaded.config;
  if (!config) {
    draw_errors(loaded.problems);
    return std::nullopt;
  }
  std::optional<size_t> chosen;
  std::string names;
  size_t candidates = 0;
  for (size_t i = 0; i < config->upstreams.size(); ++i) {
    const config::Upstream& upstream = config->upstreams[i];
    if (!upstream.journal.enabled || !upstream.journal.via.empty()) continue;
    if (!choice.upstream.empty() && upstream.name != choice.upstream) continue;
    names += (names.empty() ? "" : ", ") + upstream.name;
    ++candidates;
    if (!chosen) chosen = i;
  }
  const std::string file = choice.config_file.empty() ? "the defaults" : choice.config_file;
  if (!chosen) {
    std::fprintf(stderr, "holdfast %s: %s has no journal%s; name a directory with --journal\n", command,
                 file.c_str(),
                 choice.upstream.empty() ? "" : (" of an upstream '" + choice.upstream + "'").c_str());
    return std::nullopt;
  }
  if (candidates > 1) {
    std::fprintf(stderr, "holdfast %s: %s has several journals; choose one with --upstream (%s)\n", command,
                 file.c_str(), names.c_str());
    return std::nullopt;
  }
  ChosenJournal journal{std::move(*config), *chosen};
  if (!choice.journal_dir.empty()) journal.upstream().journal.dir.value = choice.journal_dir;
  return journal;
}

std::optional<std::string> choose_directory(const JournalChoice& choice, const char* command) {
  if (!choice.journal_dir.empty()) return choice.journal_dir;
  auto chosen = choose_journal(choice, command);
  if (!chosen) return std::nullopt;
  return chosen->upstream().journal.dir.value;
}

}  // namespace holdfast::cli
