// holdfast journal history KEY
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.h"
#include "cli/change_printer.h"
#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/option_checks.h"
#include "cli/progress.h"
#include "journal/key_presence.h"
#include "journal/moment.h"
#include "journal/rdb_reader.h"
#include "journal/stream_walk.h"

namespace holdfast::cli {
namespace {

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  std::string key;
  int db = -1;
  std::string from;
  uint64_t generation = 0;
  bool json = false;
};

// Generation after generation: what the base has, then what the stream did.
class KeyHistory {
 public:
  KeyHistory(const Options& options, const journal::Moment& from)
      : options_(options),
        presence_(options.key, options.db >= 0 ? std::optional<int>(options.db) : std::nullopt),
        printer_(options.json) {
    if (from.kind == journal::Moment::Kind::kTime) walk_.from_ms = from.time_ms;
    if (from.kind == journal::Moment::Kind::kOffset) walk_.after = from.offset;
  }

  Status tell(const journal::OpenGeneration& generation, Progress& progress);
  bool is_empty() const { return printer_.count() == 0; }
  bool has_seen_bases() const { return has_seen_bases_; }
  // A base that could not be looked into, although the stream could.
  const Status& problem() const { return problem_; }

 private:
  Status tell_base(uint64_t generation, const journal::OpenGeneration::Base& base, Progress& progress);

  const Options& options_;
  journal::KeyPresence presence_;
  ChangePrinter printer_;
  journal::WalkOptions walk_;
  bool has_seen_bases_ = true;
  Status problem_;
};

Status KeyHistory::tell_base(uint64_t generation, const journal::OpenGeneration::Base& base,
                             Progress& progress) {
  const bool existed = !is_empty() && presence_.may_exist();
  presence_.forget();
  const bool is_before = base.facts.time_ms < walk_.from_ms || base.facts.offset < walk_.after;
  has_seen_bases_ = has_seen_bases_ && !is_before;
  if (is_before) return {};
  if (base.damage) return *base.damage;
  std::set<int> databases;
  bool is_told = false;
  journal::RdbReadOptions read;
  read.wants = [this](std::string_view key) { return key == options_.key; };
  read.progress = progress.callback();
  read.key = [&](const journal::RdbKey& key) -> Status {
    databases.insert(key.db);
    if (options_.db >= 0 && options_.db != key.db) return {};
    printer_.print_base(generation, base.facts, &key);
    is_told = true;
    return {};
  };
  const auto crc = journal::read_rdb(*base.file, read);
  if (!crc.ok()) {
    has_seen_bases_ = false;
    return crc.error();
  }
  if (crc.value() != base.facts.crc)
    return Error(ErrorCode::kCorrupt,
                 base.file->path() + ": corrupt: the checksum of the whole file does not match");
  presence_.know(databases);
  if (existed && !is_told) printer_.print_base(generation, base.facts, nullptr);
  return {};
}

Status KeyHistory::tell(const journal::OpenGeneration& generation, Progress& progress) {
  const uint64_t number = generation.manifest.generation;
  if (Status told = tell_base(number, generation.bases.front(), progress); !told.ok()) {
    if (!not_interrupted().ok()) return told;
    if (problem_.ok()) problem_ = told;
  }
  walk_.progress = progress.callback();
  return journal::walk_generation(generation, walk_, [&](const journal::WalkedCommand& walked) -> Status {
    if (presence_.is_changed_by(walked.command)) printer_.print(walked);
    return {};
  });
}

Status run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  if (options.generation != 0 && archive.value().find(options.generation) == nullptr)
    return journal::no_such_generation(archive.value(), options.generation);
  auto from = journal::parse_moment(options.from.empty() ? "0" : options.from, unix_ms());
  if (!from.ok()) return from.error().prefixed("--from");

  KeyHistory history(options, from.value());
  std::vector<uint64_t> numbers;
  uint64_t total = 0;
  for (const journal::Generation& generation : archive.value().generations) {
    const bool wanted =
        options.generation != 0 ? generation.number() == options.generation : !generation.is_aside();
    if (!wanted) continue;
    numbers.push_back(generation.number());
    auto opened = journal::open_generation(options.journal, generation.number());
    if (opened.ok()) total += opened.value().bytes();
  }
  Progress progress("reading", total);
  for (const uint64_t number : numbers) {
    auto opened = journal::open_generation(options.journal, number);
    if (!opened.ok()) return opened.error();
    if (Status told = history.tell(opened.value(), progress); !told.ok()) return told;
  }
  if (history.is_empty() && !options.json) {
    std::fprintf(stderr, "no change of this key is journaled in %s (%s)%s\n", options.journal.c_str(),
                 archive.value().extent().c_str(),
                 history.has_seen_bases() ? ", and no base has it" : "; it may be in a base");
  }
  return history.problem();
}

}  // namespace

void add_journal_history(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* history = journal.add_subcommand("history", "Every change of one key, with time and offset");
  history->add_option("key", options->key, "The key")->required();
  add_journal_choice(*history, options->choice);
  history->add_option("--db", options->db, "Only in this database")->check(CLI::NonNegativeNumber);
  history->add_option("--from", options->from, "From this moment on (see: holdfast restore --help)");
  history->add_option("--generation", options->generation, "Only this generation")->check(counts_from_one);
  history->add_flag("--json", options->json, "One JSON object a line");
  history->footer(
      "The first line is what the base of the journal has, if it has the key. Commands that are about all "
      "keys of\n"
      "the database (FLUSHALL, FLUSHDB, SWAPDB) are changes of the key too, where it may exist.\n"
      "What a script or a module did is shown as the commands that it amounted to. The offset is the one "
      "after\n"
      "the command: holdfast restore --to OFFSET has that change and none after it.");
  history->callback([options, &exit_code] {
    const auto dir = choose_directory(options->choice, "journal history");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const Status status = run(*options);
    std::fflush(stdout);
    exit_code = status.ok() ? kDone : report_error(status.error(), "journal history");
  });
}

}  // namespace holdfast::cli
