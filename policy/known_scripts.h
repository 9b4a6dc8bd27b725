// scripts = { mode = "allowlist", files = [...] }: which scripts and functions may run. A script is known by
// its content, so EVAL and EVALSHA are the same; a function by its name in one of the libraries (files that
// begin with
// "#!"). Compiled on the main thread, then immutable; any thread may ask.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/config.h"
#include "policy/command_table.h"

namespace holdfast::policy {

class KnownScripts {
 public:
  static KnownScripts compile(const config::Environment& environment);

  // Is there an allowlist, and is this command about scripts? (EVAL, EVALSHA, FCALL and their _RO, SCRIPT
  // LOAD, FUNCTION LOAD, FUNCTION RESTORE.)
  bool concerns(CommandId id) const;
  // `arguments` begin with the command's name. True for all without an allowlist.
  bool allows(CommandId id, std::span<const std::string_view> arguments) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;

  bool active_ = false;
  Names scripts_;    // SHA-1 of each, 40 digits
  Names libraries_;  // the same
  Names functions_;  // names; Redis takes any case of them for one another
};

// The names that a library registers, as far as they are written out: redis.register_function('name', ...)
// and function_name = 'name'. For tests too.
std::vector<std::string> functions_of_library(std::string_view code);

}  // namespace holdfast::policy
