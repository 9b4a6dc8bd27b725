// `holdfast journal lost`: the operations that were missing after failovers and restarts, and what became of
// them.
#include <cstdio>
#include <ctime>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "journal/generation_data.h"
#include "journal/lost_writes.h"
#include "journal/manifest.h"

namespace holdfast::cli {
namespace {

using journal::LostWrites;
using journal::Operation;
using nlohmann::json;

constexpr size_t kArgumentShown = 64;

std::string utc(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// As redis-cli quotes it, where it needs that; long ones are cut.
std::string quoted(std::string_view argument) {
  const bool cut = argument.size() > kArgumentShown;
  const std::string_view shown = argument.substr(0, kArgumentShown);
  bool plain = !shown.empty();
  std::string text;
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte > ' ' && byte < 0x7f && c != '"' && c != '\\' && c != '\'';
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < ' ' || byte >= 0x7f) {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      text += hex;
    } else {
      text += c;
    }
  }
  return (plain ? text : "\"" + text + "\"") +
         (cut ? "... (" + std::to_string(argument.size()) + " bytes)" : "");
}

std::string line_of(const Operation& operation) {
  std::string line;
  for (const std::string_view argument : operation.arguments) {
    if (!line.empty()) line += ' ';
    line += quoted(argument);
  }
  return line;
}

std::string counted(uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

// The manifest of a generation, whether it is the current one or an earlier one.
Result<journal::Manifest> find_generation(const std::string& dir, uint64_t generation) {
  for (const std::string& name :
       {std::string(journal::kManifestName), journal::generation_name(generation)}) {
    auto manifest = journal::read_manifest(dir + "/" + name);
    if (!manifest.ok()) return manifest.error();
    if (manifest.value() && manifest.value()->generation == generation) return std::move(*manifest.value());
  }
  return Error(ErrorCode::kInvalid, "generation " + std::to_string(generation) +
                                        " is no longer there: it was older than retention keeps");
}

Status read_operations(const std::string& dir, const LostWrites& lost,
                       const journal::OperationReader::Sink& sink) {
  auto manifest = find_generation(dir, lost.generation);
  if (!manifest.ok()) return manifest.error();
  auto data = journal::GenerationData::open(dir, manifest.value(), {lost.replid, lost.end});
  if (!data.ok()) return data.error();
  return data.value()->read_operations(lost.after, [&](const Operation& operation) {
    return operation.keys_known && operation.keys.empty() ? Status() : sink(operation);
  });
}

std::string heading(const LostWrites& lost) {
  const std::string where =
      lost.exact
          ? "after offset " + std::to_string(lost.after) + ", up to offset " + std::to_string(lost.end) +
                " of generation " + std::to_string(lost.generation)
          : "of generation " + std::to_string(lost.generation) + ", up to offset " + std::to_string(lost.end);
  const std::string what = lost.exact
                               ? counted(lost.operations, "operation") + " on " + counted(lost.keys, "key") +
                                     " were missing in Redis"
                               : "Redis came back with another history; how much of this one was missing "
                                 "in it cannot be told";
  std::string outcome = lost.outcome + " at " + utc(lost.settled_ms);
  if (lost.is_open()) outcome = "open: settle it with `holdfast recover` or `holdfast accept`";
  return utc(lost.found_ms) + "  " + what + ", " + where + "; " + outcome;
}

Status print_table(const std::string& dir, const std::vector<LostWrites>& all) {
  if (all.empty()) std::printf("nothing was lost\n");
  for (const LostWrites& lost : all) {
    std::printf("%s\n", heading(lost).c_str());
    if (!lost.exact) continue;
    std::printf("  %14s  %3s  operation\n", "offset", "db");
    Status read = read_operations(dir, lost, [](const Operation& operation) -> Status {
      std::printf("  %14llu  %3d  %s\n", static_cast<unsigned long long>(operation.end), operation.db,
                  line_of(operation).c_str());
      return {};
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
      Status read = read_operations(dir, lost, [&](const Operation& operation) -> Status {
        json arguments = json::array();
        for (const std::string_view argument : operation.arguments)
          arguments.push_back(std::string(argument));
        json keys = json::array();
        for (const std::string_view key : operation.keys) keys.push_back(std::string(key));
        operations.push_back(
            {{"offset", operation.end}, {"db", operation.db}, {"command", arguments}, {"keys", keys}});
        return {};
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

int journal_lost(const std::string& journal_dir, bool as_json) {
  auto manifest = journal::read_manifest(journal_dir + "/" + std::string(journal::kManifestName));
  Status status;
  if (!manifest.ok()) {
    status = manifest.error();
  } else if (!manifest.value()) {
    status = Error(ErrorCode::kInvalid, journal_dir + " is not a journal directory: it has no " +
                                            std::string(journal::kManifestName));
  } else if (auto lost = journal::read_lost_writes(journal_dir); !lost.ok()) {
    status = lost.error();
  } else {
    status = as_json ? print_json(journal_dir, lost.value()) : print_table(journal_dir, lost.value());
  }
  if (status.ok()) return kDone;
  std::fflush(stdout);
  std::fprintf(stderr, "holdfast journal lost: %s\n", status.error().message().c_str());
  return status.error().code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

}  // namespace holdfast::cli
