// `holdfast journal lost`: the operations that were missing after failovers and restarts, and what became of
// them.
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/offline.h"
#include "cli/progress.h"
#include "journal/archive.h"
#include "journal/lost_writes.h"
#include "journal/moment.h"
#include "journal/noted_command.h"
#include "journal/stream_walk.h"
#include "policy/key_positions.h"

namespace holdfast::cli {
namespace {

using journal::LostWrites;
using nlohmann::json;

constexpr size_t kWidth = 100;

std::string utc(int64_t unix_ms) {
  return journal::format_time(unix_ms);
}

std::string counted(uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

using Sink = std::function<void(const journal::WalkedCommand&)>;

// In all segments of the generation, however many bases it has been given since.
Status read_operations(const std::string& dir, const LostWrites& lost, const Sink& sink) {
  auto archive = journal::read_archive(dir);
  if (!archive.ok()) return archive.error();
  if (archive.value().find(lost.generation) == nullptr) {
    return Error(ErrorCode::kInvalid, "generation " + std::to_string(lost.generation) +
                                          " is no longer there: it was older than retention keeps");
  }
  auto generation = journal::open_generation(dir, lost.generation);
  if (!generation.ok()) return generation.error();
  if (!generation.value().segments.empty() && generation.value().segments.front().header.start > lost.after) {
    return Error(ErrorCode::kInvalid,
                 "the first of these operations are no longer there: they were older than retention keeps");
  }
  Progress progress("reading", generation.value().bytes());
  journal::WalkOptions options;
  options.after = lost.after;
  options.progress = progress.callback();
  bool is_over = false;
  Status done = journal::walk_generation(
      generation.value(), options, [&](const journal::WalkedCommand& walked) -> Status {
        is_over = walked.command.end > lost.end;
        if (is_over) return Error(ErrorCode::kUnavailable, "the rest is not asked for");
        const std::string name = journal::note_command(walked.command, 0).arguments[0];
        // What was published is no data.
        if (!walked.command.is_own && name != "PUBLISH" && name != "SPUBLISH") sink(walked);
        return {};
      });
  return is_over ? Status() : done;
}

std::string heading(const LostWrites& lost) {
  const std::string where =
      lost.exact
          ? "after offset " + std::to_string(lost.after) + ", up to offset " + std::to_string(lost.end) +
                " of generation " + std::to_string(lost.generation)
          : "of generation " + std::to_string(lost.generation) + ", up to offset " + std::to_string(lost.end);
  const std::string what = lost.exact
                               ? counted(lost.operations, "operation") + " on " + counted(lost.keys, "key") +
                                     (lost.operations == 1 ? " was" : " were") + " missing in Redis"
                               : "Redis came back empty or with another history; how much of this one was "
                                 "missing in it cannot be told";
  std::string outcome = lost.outcome + " at " + utc(lost.settled_ms);
  if (lost.is_open()) outcome = "open: settle it with `holdfast recover` or `holdfast accept`";
  return utc(lost.found_ms) + "  " + what + ", " + where + "; " + outcome;
}

Status print_table(const std::string& dir, const std::vector<LostWrites>& all) {
  if (all.empty()) std::printf("nothing was lost\n");
  for (const LostWrites& lost : all) {
    std::printf("%s\n", heading(lost).c_str());
    if (!lost.exact) continue;
    std::printf("  %-24s  %14s  %3s  operation\n", "time", "offset", "db");
    Status read = read_operations(dir, lost, [](const journal::WalkedCommand& walked) {
      std::printf("  %-24s  %14llu  %3d  %s\n", utc(walked.time_ms).c_str(),
                  static_cast<unsigned long long>(walked.command.end), walked.command.db,
                  journal::note_command(walked.command, walked.time_ms).text(kWidth).c_str());
    });
    if (!read.ok()) return read;
  }
  return {};
}

// Values are Redis's bytes; what is no UTF-8 is replaced.
std::string text_of(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

Status print_json(const std::string& dir, const std::vector<LostWrites>& all) {
  json list = json::array();
  for (const LostWrites& lost : all) {
    json entry = {{"generation", lost.generation}, {"replid", lost.replid},       {"end", lost.end},
                  {"exact", lost.exact},           {"found", utc(lost.found_ms)}, {"found_ms", lost.found_ms},
                  {"outcome", lost.outcome}};
    if (!lost.is_open()) entry["settled"] = utc(lost.settled_ms);
    if (lost.exact) {
      entry["after"] = lost.after;
      entry["operations"] = lost.operations;
      entry["keys"] = lost.keys;
      json operations = json::array();
      policy::KeyUses uses;
      Status read = read_operations(dir, lost, [&](const journal::WalkedCommand& walked) {
        const auto words = walked.command.arguments;
        json arguments = json::array();
        for (const std::string_view argument : words) arguments.push_back(std::string(argument));
        json keys = json::array();
        policy::find_keys(policy::find_command(words[0], words.size() > 1 ? words[1] : std::string_view()),
                          words, uses);
        for (const policy::KeyUse& use : uses.all())
          if (use.kind == policy::KeyKind::kKey) keys.push_back(std::string(words[use.argument]));
        operations.push_back({{"offset", walked.command.end},
                              {"time", utc(walked.time_ms)},
                              {"time_ms", walked.time_ms},
                              {"db", walked.command.db},
                              {"command", arguments},
                              {"keys", keys}});
      });
      if (!read.ok()) return read;
      entry["lost"] = std::move(operations);
    }
    list.push_back(std::move(entry));
  }
  std::printf("%s\n", text_of(list).c_str());
  return {};
}

}  // namespace

int journal_lost(const JournalChoice& journal, bool as_json) {
  begin_offline();
  const auto dir = choose_directory(journal, "journal lost");
  if (!dir) return kBadInput;
  auto manifest = journal::read_current_manifest(*dir);
  Status status;
  if (!manifest.ok()) {
    status = manifest.error();
  } else if (auto lost = journal::read_lost_writes(*dir); !lost.ok()) {
    status = lost.error();
  } else {
    status = as_json ? print_json(*dir, lost.value()) : print_table(*dir, lost.value());
  }
  if (status.ok()) return kDone;
  std::fflush(stdout);
  return report_error(status.error(), "journal lost");
}

}  // namespace holdfast::cli
