// holdfast journal tail
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "cli/change_printer.h"
#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/option_checks.h"
#include "journal/cut.h"
#include "journal/follower.h"
#include "journal/key_filter.h"

namespace holdfast::cli {
namespace {

constexpr int kPollMs = 50;

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  std::string from;
  std::string keys;
  uint64_t lines = 10;
  bool follow = false;  // it always does; accepted because people write it
  bool no_follow = false;
  bool json = false;
};

// Where it begins: the segment, and which commands of it count.
struct Start {
  uint64_t generation = 0;
  uint64_t sequence = 0;
  journal::WalkOptions walk;
};

uint64_t generation_of(const journal::Archive& archive, const journal::Moment& from) {
  uint64_t current = 0;
  uint64_t at_time = 0;
  for (const journal::Generation& generation : archive.generations) {
    if (generation.is_current) current = generation.number();
    if (generation.is_aside()) continue;
    if (at_time == 0 || generation.first_base().time_ms <= from.time_ms) at_time = generation.number();
  }
  return from.kind == journal::Moment::Kind::kTime ? at_time : current;
}

Result<Start> start_of(const journal::Archive& archive, const Options& options) {
  auto from = journal::parse_moment(options.from.empty() ? "latest" : options.from, unix_ms());
  if (!from.ok()) return from.error().prefixed("--from");
  const journal::Moment& moment = from.value();
  Start start;
  start.generation = generation_of(archive, moment);
  if (moment.kind == journal::Moment::Kind::kTime) start.walk.from_ms = moment.time_ms;
  if (moment.kind == journal::Moment::Kind::kOffset) {
    journal::CutRequest request;
    request.to = moment;
    auto cut = journal::find_cut(archive, request);
    if (!cut.ok()) return cut.error().prefixed("--from");
    start.generation = cut.value().generation.manifest.generation;
    start.walk.after = cut.value().offset;
  }
  auto opened = journal::open_generation(archive.dir, start.generation);
  if (!opened.ok()) return opened.error();
  // The last one in which it can be; without --from the last few commands are looked for in the last one.
  for (const auto& segment : opened.value().segments) {
    const journal::SegmentHeader& header = segment.header;
    const bool is_behind = moment.kind == journal::Moment::Kind::kTime     ? header.time_ms > moment.time_ms
                           : moment.kind == journal::Moment::Kind::kOffset ? header.start > start.walk.after
                                                                           : false;
    if (start.sequence == 0 || !is_behind) start.sequence = header.sequence;
  }
  return start;
}

// False: nobody reads what is printed any more (`| head`), and nothing may come that would show it. A signal
// ends the wait early.
bool wait_for_more() {
  pollfd reader{STDOUT_FILENO, 0, 0};
  return ::poll(&reader, 1, kPollMs) <= 0 || (reader.revents & (POLLERR | POLLNVAL)) == 0;
}

Status run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  auto start = start_of(archive.value(), options);
  if (!start.ok()) return start.error();
  std::optional<journal::KeyFilter> filter;
  if (!options.keys.empty()) filter = journal::KeyFilter::of_pattern(options.keys);

  ChangePrinter printer(options.json);
  struct Held {
    uint64_t generation;
    journal::NotedCommand command;
  };
  std::deque<Held> held;  // without --from: the last few of what is there
  bool is_catching_up = options.from.empty();
  const auto visit = [&](const journal::WalkedCommand& walked) -> Status {
    if (walked.command.is_own || (filter && !filter->is_changed_by(walked.command))) return not_interrupted();
    if (!is_catching_up) {
      printer.print(walked);
      return not_interrupted();
    }
    if (options.lines == 0) return not_interrupted();
    if (held.size() == options.lines) held.pop_front();
    held.push_back({walked.generation, journal::note_command(walked.command, walked.time_ms)});
    return not_interrupted();
  };

  journal::Follower follower(options.journal, start.value().generation, start.value().sequence,
                             start.value().walk);
  while (true) {
    Status stepped = follower.step(visit);
    if (is_catching_up) {
      for (const Held& one : held) printer.print(one.generation, one.command);
      held.clear();
      is_catching_up = false;
    }
    std::fflush(stdout);
    if (interrupted() || std::ferror(stdout) != 0) return {};
    if (!stepped.ok()) return stepped;
    if (options.no_follow) return {};
    if (!wait_for_more()) return {};
  }
}

}  // namespace

void add_journal_tail(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* tail = journal.add_subcommand("tail", "Show commands as they are journaled, until Ctrl-C");
  add_journal_choice(*tail, options->choice);
  tail->add_option("--from", options->from,
                   "From this moment on (see: holdfast restore --help) instead of the last few");
  tail->add_option("--keys", options->keys, "Only what changes a key that matches this pattern, like order:*")
      ->check(not_empty);
  tail->add_option("-n,--lines", options->lines, "How many of the last ones are shown first")
      ->capture_default_str();
  tail->add_flag("-f,--follow", options->follow, "Go on until Ctrl-C; this is what it does anyhow");
  tail->add_flag("--no-follow", options->no_follow, "Only what is there now");
  tail->add_flag("--json", options->json, "One JSON object a line");
  tail->footer(
      "Commands are shown when their group has been written, a moment before or after it is on the disk.\n"
      "Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 damage or an unreadable file, 2 the input is wrong.");
  tail->callback([options, &exit_code] {
    const auto dir = choose_directory(options->choice, "journal tail");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const Status status = run(*options);
    std::fflush(stdout);
    exit_code = status.ok() ? kDone : report_error(status.error(), "journal tail");
  });
}

}  // namespace holdfast::cli
