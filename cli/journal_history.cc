// holdfast journal history KEY
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "cli/change_printer.h"
#include "cli/commands.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/progress.h"
#include "journal/key_filter.h"
#include "journal/moment.h"
#include "journal/stream_walk.h"

namespace holdfast::cli {
namespace {

struct Options {
  std::string journal = "holdfast-data";
  std::string key;
  int db = -1;
  std::string from;
  uint64_t generation = 0;
  bool json = false;
};

Status run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  if (options.generation != 0 && archive.value().find(options.generation) == nullptr)
    return journal::no_such_generation(archive.value(), options.generation);
  auto from = journal::parse_moment(options.from.empty() ? "0" : options.from, unix_ms());
  if (!from.ok()) return from.error().prefixed("--from");

  journal::KeyFilter filter = journal::KeyFilter::of_key(options.key);
  if (options.db >= 0) filter.restrict_to(options.db);
  ChangePrinter printer(options.json);
  journal::WalkOptions walk;
  if (from.value().kind == journal::Moment::Kind::kTime) walk.from_ms = from.value().time_ms;
  if (from.value().kind == journal::Moment::Kind::kOffset) walk.after = from.value().offset;
  uint64_t total = 0;
  for (const journal::Generation& generation : archive.value().generations) {
    const bool wanted =
        options.generation != 0 ? generation.number() == options.generation : !generation.is_aside;
    auto opened = wanted ? journal::open_generation(options.journal, generation.number())
                         : Result<journal::OpenGeneration>(journal::OpenGeneration());
    if (opened.ok()) total += opened.value().bytes();
  }
  Progress progress("reading", total);
  walk.progress = progress.callback();
  for (const journal::Generation& generation : archive.value().generations) {
    const bool wanted =
        options.generation != 0 ? generation.number() == options.generation : !generation.is_aside;
    if (!wanted) continue;
    auto opened = journal::open_generation(options.journal, generation.number());
    if (!opened.ok()) return opened.error();
    Status walked = journal::walk_generation(opened.value(), walk,
                                             [&](const journal::WalkedCommand& walked_command) -> Status {
                                               if (filter.is_changed_by(walked_command.command))
                                                 printer.print(walked_command);
                                               return {};
                                             });
    if (!walked.ok()) return walked;
  }
  if (printer.count() == 0 && !options.json)
    std::fprintf(stderr, "no change of this key is journaled in %s (%s); it may be in a base\n",
                 options.journal.c_str(), archive.value().extent().c_str());
  return {};
}

}  // namespace

void add_journal_history(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* history = journal.add_subcommand("history", "Every change of one key, with time and offset");
  history->add_option("key", options->key, "The key")->required();
  history->add_option("--journal", options->journal, "The journal's directory")->capture_default_str();
  history->add_option("--db", options->db, "Only in this database")->check(CLI::NonNegativeNumber);
  history->add_option("--from", options->from, "From this moment on (see: holdfast restore --help)");
  history->add_option("--generation", options->generation, "Only this generation");
  history->add_flag("--json", options->json, "One JSON object a line");
  history->footer(
      "Commands that are about all keys of the database (FLUSHALL, FLUSHDB, SWAPDB) are changes of the key "
      "too.\n"
      "What a script or a module did is shown as the commands that it amounted to. The offset is the one "
      "after\n"
      "the command: holdfast restore --to OFFSET has that change and none after it.");
  history->callback([options, &exit_code] {
    const Status status = run(*options);
    std::fflush(stdout);
    exit_code = status.ok() ? kDone : report_error(status.error(), "journal history");
  });
}

}  // namespace holdfast::cli
