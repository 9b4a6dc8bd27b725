// What the journal writes down about its upstream, to know it again after a restart of either.
//
// Files of the journal directory, written by the journal thread alone, durable when the call returns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/durable_file.h"
#include "journal/history.h"
#include "journal/upstream_facts.h"

namespace holdfast::journal {

inline constexpr std::string_view kServerNoteName = "holdfast.server";
inline constexpr std::string_view kRecoveryNoteName = "holdfast.recovering";

// The process that the journal was attached to last.
Status write_server_note(FileSystem& files, const std::string& dir, const ServerLife& life);
std::optional<ServerLife> read_server_note(const std::string& dir);

// The names by which the journal's history went before, oldest first; the last kNamesMax of them.
inline constexpr std::string_view kNamesNoteName = "holdfast.names";
inline constexpr size_t kNamesMax = 64;
Status add_name_note(FileSystem& files, const std::string& dir, const HistoryName& name);
Status remove_name_notes(FileSystem& files, const std::string& dir);  // another history begins
std::vector<HistoryName> read_name_notes(const std::string& dir);

// A recovery that has begun. Written before the upstream is told to replicate, removed when it has
// everything.
struct RecoveryNote {
  // The addresses from which it may replicate: of this try, and of those before it that it may not have left.
  std::vector<Endpoint> told;
  // What it has is not kept yet: until that is done it must not be given anything else.
  bool keep_first = false;

  bool is_about(const ReplicationInfo& info) const;
};
Status write_recovery_note(FileSystem& files, const std::string& dir, const RecoveryNote& note);
std::optional<RecoveryNote> read_recovery_note(const std::string& dir);
Status remove_recovery_note(FileSystem& files, const std::string& dir);

}  // namespace holdfast::journal
