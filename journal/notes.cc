#include "journal/notes.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "journal/record.h"
#include "journal/sealed_line.h"

namespace holdfast::journal {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

Status write_server_note(FileSystem& files, const std::string& dir, const ServerLife& life) {
  const std::string text =
      "#HF server run_id=" + life.run_id + " role_changes=" + std::to_string(life.role_changes) +
      " reloads=" + std::to_string(life.reloads) + " stat_resets=" + std::to_string(life.stat_resets) +
      " commands=" + std::to_string(life.commands);
  return replace_file(files, dir, std::string(kServerNoteName), seal_line(text));
}

std::optional<ServerLife> read_server_note(const std::string& dir) {
  const std::string text = first_line(dir + "/" + std::string(kServerNoteName));
  const auto line = open_line(text, "server");
  if (!line || !is_replid(text_field(*line, "run_id"))) return std::nullopt;
  ServerLife life;
  life.run_id = text_field(*line, "run_id");
  life.role_changes = number_field(*line, "role_changes");
  life.reloads = number_field(*line, "reloads");
  life.stat_resets = number_field(*line, "stat_resets");
  life.commands = number_field(*line, "commands");
  return life;
}

Status write_recovery_note(FileSystem& files, const std::string& dir, const RecoveryNote& note) {
  std::string text;
  for (const Endpoint& told : note.told)
    text += seal_line("#HF recovering address=" + told.to_string() +
                      " keep_first=" + (note.keep_first ? "1" : "0"));
  return replace_file(files, dir, std::string(kRecoveryNoteName), text);
}

std::optional<RecoveryNote> read_recovery_note(const std::string& dir) {
  RecoveryNote note;
  std::ifstream file(dir + "/" + std::string(kRecoveryNoteName), std::ios::binary);
  for (std::string text; std::getline(file, text);) {
    const auto line = open_line(text, "recovering");
    if (!line) continue;
    auto told = Endpoint::parse(text_field(*line, "address"));
    if (!told.ok()) continue;
    note.told.push_back(std::move(told).value());
    note.keep_first = number_field(*line, "keep_first") == 1;
  }
  return note.told.empty() ? std::nullopt : std::optional(std::move(note));
}

bool RecoveryNote::is_about(const ReplicationInfo& info) const {
  return std::any_of(told.begin(), told.end(), [&](const Endpoint& address) {
    return info.master_host == address.host && info.master_port == address.port;
  });
}

Status remove_recovery_note(FileSystem& files, const std::string& dir) {
  if (Status removed = files.remove(dir + "/" + std::string(kRecoveryNoteName)); !removed.ok())
    return removed;
  return files.sync_dir(dir);
}

Status add_name_note(FileSystem& files, const std::string& dir, const HistoryName& name) {
  std::vector<HistoryName> names = read_name_notes(dir);
  if (names.size() >= kNamesMax) names.erase(names.begin());
  names.push_back(name);
  std::string text;
  for (const HistoryName& each : names)
    text += seal_line("#HF name replid=" + each.replid + " until=" + std::to_string(each.until));
  return replace_file(files, dir, std::string(kNamesNoteName), text);
}

Status remove_name_notes(FileSystem& files, const std::string& dir) {
  return files.remove(dir + "/" + std::string(kNamesNoteName));
}

std::vector<HistoryName> read_name_notes(const std::string& dir) {
  std::vector<HistoryName> names;
  std::ifstream file(dir + "/" + std::string(kNamesNoteName), std::ios::binary);
  for (std::string text; std::getline(file, text);) {
    // One that cannot be read is one less to be recognised by.
    const auto line = open_line(text, "name");
    if (line && is_replid(text_field(*line, "replid")))
      names.push_back({std::string(text_field(*line, "replid")), number_field(*line, "until")});
  }
  return names;
}

}  // namespace holdfast::journal
