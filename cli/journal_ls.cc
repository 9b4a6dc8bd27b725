// holdfast journal ls
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_json.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/readable.h"
#include "journal/moment.h"
#include "journal/overview.h"

namespace holdfast::cli {
namespace {

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  bool files = false;
  bool json = false;
};

std::string state_of(const journal::GenerationOverview& facts) {
  return facts.damage ? "damaged" : facts.is_current ? "current" : facts.is_aside ? "kept aside" : "closed";
}

void print_generations(const std::vector<journal::GenerationOverview>& all) {
  TextTable table({"generation", "state", "from", "to", "first offset", "last offset", "bases", "segments",
                   "size", "replication id"});
  for (const journal::GenerationOverview& facts : all) {
    table.add({std::to_string(facts.number), state_of(facts), journal::format_time(facts.from_ms),
               journal::format_time(facts.to_ms), std::to_string(facts.start), std::to_string(facts.end),
               std::to_string(facts.bases.size()), std::to_string(facts.segments.size()),
               readable_bytes(facts.bytes), facts.replid});
  }
  std::fputs(table.to_string().c_str(), stdout);
}

void print_files(const journal::GenerationOverview& facts) {
  TextTable table({"file", "from", "to", "first offset", "last offset", "size"});
  for (const journal::Manifest::Base& base : facts.bases) {
    table.add({journal::base_name(base.sequence), "", journal::format_time(base.time_ms), "",
               std::to_string(base.offset), readable_bytes(base.size)});
  }
  for (const journal::SegmentOverview& segment : facts.segments) {
    table.add({segment.file, journal::format_time(segment.from_ms), journal::format_time(segment.to_ms),
               std::to_string(segment.start), std::to_string(segment.end), readable_bytes(segment.bytes)});
  }
  std::printf("\ngeneration %llu:\n%s", static_cast<unsigned long long>(facts.number),
              table.to_string().c_str());
}

Status run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  auto all = journal::look_over(archive.value());
  if (!all.ok()) return all.error();
  if (options.json) {
    std::printf("%s\n", overview_json(options.journal, all.value()).c_str());
  } else {
    print_generations(all.value());
    for (const journal::GenerationOverview& facts : all.value()) {
      if (options.files) print_files(facts);
    }
  }
  std::fflush(stdout);
  for (const journal::GenerationOverview& facts : all.value()) {
    if (facts.damage) return *facts.damage;
  }
  if (!archive.value().damaged.empty()) return archive.value().damaged.front();
  return {};
}

}  // namespace

void add_journal_ls(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* ls = journal.add_subcommand("ls", "List generations: sizes, times, offsets");
  add_journal_choice(*ls, options->choice);
  ls->add_flag("--files", options->files, "Every base and segment as well");
  ls->add_flag("--json", options->json, "One JSON object, with every file");
  ls->footer(
      "Whatever lies between `from` and `to` can be restored: holdfast restore --to TIME.\n"
      "Only headers are read; holdfast journal verify reads everything.");
  ls->callback([options, &exit_code] {
    const auto dir = choose_directory(options->choice, "journal ls");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const Status status = run(*options);
    exit_code = status.ok() ? kDone : report_error(status.error(), "journal ls");
  });
}

}  // namespace holdfast::cli
