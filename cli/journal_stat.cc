// holdfast journal stat
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_json.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/option_checks.h"
#include "cli/progress.h"
#include "cli/readable.h"
#include "journal/moment.h"
#include "journal/statistics.h"

namespace holdfast::cli {
namespace {

constexpr size_t kCommandsShown = 20;

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  uint64_t generation = 0;
  bool json = false;
};

void print_range(const journal::Statistics& facts) {
  std::printf("generation   %llu: %s and %s, %s\n", static_cast<unsigned long long>(facts.generation),
              plural(facts.bases, "base").c_str(), plural(facts.segments, "segment").c_str(),
              readable_bytes(facts.base_bytes + facts.segment_bytes).c_str());
  std::printf("time         %s to %s (%s)\n", journal::format_time(facts.from_ms).c_str(),
              journal::format_time(facts.to_ms).c_str(), readable_ms(facts.to_ms - facts.from_ms).c_str());
  std::printf("offsets      %llu to %llu\n", static_cast<unsigned long long>(facts.start),
              static_cast<unsigned long long>(facts.end));
  std::printf("commands     %llu, %s\n", static_cast<unsigned long long>(facts.commands),
              plural(facts.transactions, "transaction").c_str());
  const uint64_t stream = facts.end - facts.start;
  std::printf("groups       %llu, %s each, the largest %s\n", static_cast<unsigned long long>(facts.groups),
              readable_bytes(facts.groups > 0 ? stream / facts.groups : 0).c_str(),
              readable_bytes(facts.largest_group_bytes).c_str());
  if (facts.busiest_second_commands > 0)
    std::printf("busiest      %s in the second from %s\n",
                plural(facts.busiest_second_commands, "command").c_str(),
                journal::format_time(facts.busiest_second_ms).c_str());
  if (facts.largest)
    std::printf("largest      %s: %s at offset %llu\n",
                readable_bytes(facts.largest->end - facts.largest->start).c_str(),
                facts.largest->text(60).c_str(), static_cast<unsigned long long>(facts.largest->start));
}

void print_counts(const journal::Statistics& facts) {
  std::vector<std::pair<std::string, journal::Statistics::Count>> commands(facts.by_command.begin(),
                                                                           facts.by_command.end());
  std::stable_sort(commands.begin(), commands.end(),
                   [](const auto& a, const auto& b) { return a.second.commands > b.second.commands; });
  TextTable table({"command", "times", "size"});
  for (size_t i = 0; i < commands.size() && i < kCommandsShown; ++i) {
    table.add({commands[i].first, std::to_string(commands[i].second.commands),
               readable_bytes(commands[i].second.bytes)});
  }
  if (!commands.empty()) std::printf("\n%s", table.to_string().c_str());
  if (commands.size() > kCommandsShown)
    std::printf("and %s, see --json\n", plural(commands.size() - kCommandsShown, "other command").c_str());
  TextTable databases({"database", "commands", "size"});
  for (const auto& [db, count] : facts.by_db)
    databases.add({std::to_string(db), std::to_string(count.commands), readable_bytes(count.bytes)});
  if (!facts.by_db.empty()) std::printf("\n%s", databases.to_string().c_str());
}

Status run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  uint64_t number = options.generation;
  for (const journal::Generation& generation : archive.value().generations) {
    if (options.generation == 0 && generation.is_current) number = generation.number();
  }
  if (archive.value().find(number) == nullptr) return journal::no_such_generation(archive.value(), number);
  auto generation = journal::open_generation(options.journal, number);
  if (!generation.ok()) return generation.error();
  Progress progress("counting", generation.value().bytes());
  auto facts = journal::count_generation(generation.value(), progress.callback());
  if (!facts.ok()) return facts.error();
  if (options.json) {
    std::printf("%s\n", statistics_json(facts.value()).c_str());
  } else {
    print_range(facts.value());
    print_counts(facts.value());
  }
  std::fflush(stdout);
  for (const auto& base : generation.value().bases)
    if (base.damage) return *base.damage;
  return {};
}

}  // namespace

void add_journal_stat(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* stat =
      journal.add_subcommand("stat", "Count what a generation holds: commands, groups, databases");
  add_journal_choice(*stat, options->choice);
  stat->add_option("--generation", options->generation, "Not the current one but this")
      ->check(counts_from_one);
  stat->add_flag("--json", options->json, "One JSON object");
  stat->footer("All segments are read and their checksums verified; the base is not looked into.");
  stat->callback([options, &exit_code] {
    const auto dir = choose_directory(options->choice, "journal stat");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const Status status = run(*options);
    exit_code = status.ok() ? kDone : report_error(status.error(), "journal stat");
  });
}

}  // namespace holdfast::cli
