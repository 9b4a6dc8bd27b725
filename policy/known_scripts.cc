#include "policy/known_scripts.h"

#include <algorithm>
#include <array>

#include "base/sha1.h"
#include "policy/any_case.h"

namespace holdfast::policy {
namespace {

enum class Kind : uint8_t { kNone, kScript, kDigest, kFunction, kLibrary, kAnyLibrary };

Kind kind_of(CommandId id) {
  struct Known {
    std::string_view name;
    Kind kind;
  };
  static constexpr std::array kCommands = {
      Known{"eval", Kind::kScript},
      Known{"eval_ro", Kind::kScript},
      Known{"evalsha", Kind::kDigest},
      Known{"evalsha_ro", Kind::kDigest},
      Known{"fcall", Kind::kFunction},
      Known{"fcall_ro", Kind::kFunction},
      Known{"script|load", Kind::kScript},
      Known{"function|load", Kind::kLibrary},
      Known{"function|restore", Kind::kAnyLibrary},
  };
  const std::string_view name = command(id).name;
  for (const Known& known : kCommands)
    if (known.name == name) return known.kind;
  return Kind::kNone;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// The text between quotes that begins at `at`, after spaces; empty when there is none.
std::string quoted_at(std::string_view code, size_t at) {
  while (at < code.size() && is_space(code[at])) ++at;
  if (at >= code.size() || (code[at] != '\'' && code[at] != '"')) return {};
  const size_t end = code.find(code[at], at + 1);
  return end == std::string_view::npos ? std::string() : std::string(code.substr(at + 1, end - at - 1));
}

}  // namespace

std::vector<std::string> functions_of_library(std::string_view code) {
  std::vector<std::string> names;
  const auto find_after = [&](std::string_view word, char sign) {
    for (size_t at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
      size_t next = at + word.size();
      while (next < code.size() && is_space(code[next])) ++next;
      if (next >= code.size() || code[next] != sign) continue;
      if (std::string name = quoted_at(code, next + 1); !name.empty()) names.push_back(lower(name));
    }
  };
  find_after("register_function", '(');
  find_after("function_name", '=');
  return names;
}

KnownScripts KnownScripts::compile(const config::Environment& environment) {
  KnownScripts known;
  known.active_ = environment.scripts == config::ScriptMode::kAllowlist;
  for (const config::ScriptFile& file : environment.script_files) {
    if (!file.is_library()) {
      known.scripts_.insert(sha1_hex(file.code));
      continue;
    }
    known.libraries_.insert(sha1_hex(file.code));
    for (std::string& name : functions_of_library(file.code)) known.functions_.insert(std::move(name));
  }
  return known;
}

bool KnownScripts::concerns(CommandId id) const {
  return active_ && kind_of(id) != Kind::kNone;
}

bool KnownScripts::allows(CommandId id, std::span<const std::string_view> arguments) const {
  if (!active_) return true;
  const bool is_subcommand = command(id).name.find('|') != std::string_view::npos;
  const size_t at = is_subcommand ? 2 : 1;
  if (arguments.size() <= at) return true;  // Redis says that it is wrong
  switch (kind_of(id)) {
    case Kind::kNone:
      return true;
    case Kind::kScript:
      return scripts_.contains(sha1_hex(arguments[at]));
    case Kind::kDigest:
      return scripts_.contains(lower(arguments[at]));
    case Kind::kFunction:
      return functions_.contains(lower(arguments[at]));
    case Kind::kLibrary:
      // FUNCTION LOAD [REPLACE] code
      return libraries_.contains(sha1_hex(arguments.back()));
    case Kind::kAnyLibrary:
      break;
  }
  return false;
}

}  // namespace holdfast::policy
