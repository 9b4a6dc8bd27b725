#include "journal/key_filter.h"

#include <charconv>

#include "policy/command_table.h"
#include "policy/glob.h"

namespace holdfast::journal {
namespace {

bool is_number(std::string_view text, int number) {
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && value == number;
}

enum class Scope { kKeys, kAllDatabases, kOneDatabase, kTwoDatabases, kOtherToo };

Scope scope_of(std::string_view name) {
  if (name == "flushall") return Scope::kAllDatabases;
  if (name == "flushdb") return Scope::kOneDatabase;
  if (name == "swapdb") return Scope::kTwoDatabases;
  return name == "move" || name == "copy" ? Scope::kOtherToo : Scope::kKeys;
}

}  // namespace

bool KeyFilter::matches(std::string_view key, uint64_t size) const {
  // Of an argument that was too large to keep only the beginning is here.
  if (is_pattern_) return policy::matches_glob(text_, key);
  return size == text_.size() && text_.starts_with(key);
}

bool KeyFilter::is_changed_by(const StreamCommand& command) {
  if (command.is_own) return false;
  const auto arguments = command.arguments;
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  const Scope scope = scope_of(policy::command(id).name);
  switch (scope) {
    case Scope::kAllDatabases:
      return true;
    case Scope::kOneDatabase:
      return !db_ || *db_ == command.db;
    case Scope::kTwoDatabases:
      return !db_ ||
             (arguments.size() > 2 && (is_number(arguments[1], *db_) || is_number(arguments[2], *db_)));
    case Scope::kOtherToo:  // MOVE key db, COPY from to DB db
      if (db_ && *db_ != command.db && !is_number(arguments.back(), *db_)) return false;
      break;
    case Scope::kKeys:
      if (db_ && *db_ != command.db) return false;
  }
  policy::find_keys(id, arguments, uses_);
  for (const policy::KeyUse& use : uses_.all()) {
    if (use.kind != policy::KeyKind::kKey || !use.changes()) continue;
    if (matches(arguments[use.argument], command.sizes[use.argument])) return true;
  }
  if (uses_.all_known()) return false;
  // A command whose keys are not known (a module's): any argument may be one.
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (matches(arguments[i], command.sizes[i])) return true;
  }
  return false;
}

}  // namespace holdfast::journal
