// One selector of an ACL user: commands, key patterns and channel patterns that are allowed together. Every
// user has a root selector, and perhaps more in parentheses. Built on the main thread, then immutable;
// allows() allocates nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy/acl_commands.h"
#include "policy/acl_error.h"
#include "policy/key_positions.h"
#include "policy/pattern_set.h"

namespace holdfast::policy {

// Why a command is not allowed, the weightier the greater (Redis reports the greatest of its selectors').
enum class AclDenial : uint8_t {
  kNone,
  kCommand,
  kKey,
  kUnknownKeys,  // which keys it touches cannot be known, and the user may not touch all
  kChannel,
};

struct AclVerdict {
  AclDenial denial = AclDenial::kNone;
  uint32_t argument = 0;  // kKey and kChannel: which one
  bool allowed() const { return denial == AclDenial::kNone; }
};

// Begins a line of memory, as a decision reads its first ones.
class alignas(64) AclSelector {
 public:
  // One rule, such as "+get", "%R~order:*" or "resetchannels".
  AclError apply(std::string_view rule);
  // After the last rule.
  void seal();

  // `uses` are find_keys()'s for these arguments.
  AclVerdict check(CommandId id, std::span<const std::string_view> arguments, const KeyUses& uses) const;

  // What can be said without the arguments.
  bool always_allows(CommandId id) const;
  bool never_allows(CommandId id) const { return commands_.never_allows(id); }

  bool all_keys() const { return all_keys_; }
  bool all_channels() const { return all_channels_; }
  const AclCommands& commands() const { return commands_; }

  // As ACL GETUSER: "-@all +get", "~a* %R~b*", "&events:*".
  std::string describe_commands() const { return commands_.describe(); }
  std::string describe_keys() const;
  std::string describe_channels() const;
  // As ACL LIST: "~a* resetchannels &events:* -@all +get".
  std::string describe() const;

 private:
  AclError add_key_pattern(std::string_view rule);
  bool allows_key(std::string_view key, const KeyUse& use) const;
  // Any key at all, as Redis asks it of SORT's BY and GET.
  bool allows_reading_all_keys() const;
  bool allows_channel(std::string_view name, KeyKind kind) const;

  AclCommands commands_;
  bool all_keys_ = false;
  bool all_channels_ = false;
  PatternSet keys_;
  PatternSet channels_;
};

}  // namespace holdfast::policy
