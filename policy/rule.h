// One entry of `block` or `allow`: which commands it names. Made when a policy is compiled, on the main
// thread.
//
//   "keys"        a command, in any case; of a container ("config") also every sub-command of it
//   "config|set"  a sub-command, also written "CONFIG SET"
//   "@dangerous"  an ACL category of Redis
//   "@builtin"    the list of builtin_block_list.h
//   "@all"        every command that Holdfast knows
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problems.h"
#include "policy/command_table.h"

namespace holdfast::policy {

class Rule {
 public:
  // `place` is for the problem: "block of [environment.default]". It reads
  // "unknown command 'flushal' in <place>; did you mean 'flushall'?", and the answer is then nothing.
  static std::optional<Rule> parse(const config::Located<std::string>& written, std::string_view place,
                                   config::ProblemList& problems);

  bool matches(CommandId id) const { return matches_[id]; }

  const std::string& text() const { return text_; }          // as written
  const std::string& location() const { return location_; }  // "holdfast.toml:12"

 private:
  Rule(std::string text, std::string location);

  void match_category(uint32_t category);
  void match_builtin();
  void match_command(CommandId id);

  std::string text_;
  std::string location_;
  std::vector<bool> matches_;  // by CommandId
};

}  // namespace holdfast::policy
