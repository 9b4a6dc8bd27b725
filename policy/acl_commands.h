// Which commands an ACL selector lets through: Redis's +get -@dangerous +config|get +select|0 and so on, as
// one bit per command of the table and, where a rule names a first argument, a list.
//
// Like Redis's (acl.c): naming a container means its sub-commands as well; +@all also lets through what the
// table lacks; commands that come before a login (AUTH, HELLO, QUIT, RESET) are always let through. Built on
// the main thread, then immutable.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/acl_error.h"
#include "policy/command_table.h"

namespace holdfast::policy {

class AclCommands {
 public:
  // One rule that begins with + or -, or "allcommands" or "nocommands".
  AclError apply(std::string_view rule);

  // `arguments` begin with the command's name.
  bool allows(CommandId id, std::span<const std::string_view> arguments) const {
    return ((bits_[id / 64] >> (id % 64)) & 1) != 0 || command(id).has(kNoAuth) ||
           (has_first_arguments_ && allows_first_argument(id, arguments));
  }
  // Without a look at the arguments: always, or never. Neither: they decide.
  bool always_allows(CommandId id) const {
    return ((bits_[id / 64] >> (id % 64)) & 1) != 0 || command(id).has(kNoAuth);
  }
  bool never_allows(CommandId id) const { return !always_allows(id) && !first_arguments_.contains(id); }
  // Also what the table lacks, now and later.
  bool allows_unknown() const { return (bits_[0] & 1) != 0; }

  // By command: with these first arguments only.
  const std::map<CommandId, std::vector<std::string>>& first_arguments() const { return first_arguments_; }

  // Rules that make the same set, as ACL LIST shows them: "-@all +@read +get".
  std::string describe() const;

 private:
  bool allows_first_argument(CommandId id, std::span<const std::string_view> arguments) const;
  void set(CommandId id, bool allowed);                // and its sub-commands
  void set_category(uint32_t category, bool allowed);  // a bit of CommandInfo::categories
  void set_all(bool allowed);
  bool bit(CommandId id) const { return ((bits_[id / 64] >> (id % 64)) & 1) != 0; }
  void set_bit(CommandId id, bool allowed);

  // By CommandId; that of kUnknownCommand stands for all that are not known. In place, since every decision
  // looks at it.
  std::array<uint64_t, kCommandsMax / 64> bits_{};
  bool has_first_arguments_ = false;
  std::map<CommandId, std::vector<std::string>> first_arguments_;
};

}  // namespace holdfast::policy
