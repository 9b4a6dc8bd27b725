// Facts about commands: the built-in table, generated from a stock server's COMMAND answer by
// policy/generate_command_table.sh, and the curated facts that COMMAND does not tell. Pure and constant;
// any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace holdfast::policy {

// The flags of COMMAND (https://redis.io/docs/latest/commands/command/) that a decision or a route needs.
enum CommandFlag : uint32_t {
  kWrite = 1u << 0,
  kReadonly = 1u << 1,
  kAdmin = 1u << 2,
  kPubsub = 1u << 3,
  kNoscript = 1u << 4,
  kBlocking = 1u << 5,
  kMovableKeys = 1u << 6,
  kNoMulti = 1u << 7,
  kDenyOom = 1u << 8,
  kLoading = 1u << 9,
  kStale = 1u << 10,
  kFast = 1u << 11,
  kNoAuth = 1u << 12,
  kModule = 1u << 13,
  // Curated: may write without the write flag (EVAL, EVALSHA, FCALL, PFCOUNT: the server's MAY_REPLICATE,
  // which COMMAND hides on purpose), and every entry that stands for commands the table lacks.
  kMayWrite = 1u << 14,
  // Has sub-commands; its own entry describes the command without one.
  kContainer = 1u << 15,
  kNoMandatoryKeys = 1u << 16,  // may name no key at all, where it counts them (EVAL, FCALL)
};

struct CommandInfo {
  std::string_view name;  // lower case; "config|set" for a sub-command
  int16_t arity;          // as in COMMAND: negative means "at least"; a sub-command's counts both words
  uint32_t flags;
  uint32_t categories;  // bit set, see category_bit()
  int16_t first_key, last_key, key_step;

  constexpr bool has(CommandFlag flag) const { return (flags & flag) != 0; }
  constexpr bool may_write() const { return (flags & (kWrite | kMayWrite)) != 0; }
  // A container that does nothing by itself: its entry is what find_command() answers for a sub-command the
  // table lacks. (COMMAND is a container too, but a command without a sub-command as well.)
  constexpr bool needs_subcommand() const { return (flags & kContainer) != 0 && arity < -1; }
};

// An index into commands(). Small and dense, so per-command facts and counters live in plain arrays.
using CommandId = uint16_t;
inline constexpr CommandId kUnknownCommand = 0;  // entry 0 stands for every command the table lacks

// More than there are; checked where the table is made.
inline constexpr size_t kCommandsMax = 512;

// The first entry is named "unknown". The names live as long as the program.
std::span<const CommandInfo> commands();
const CommandInfo& command(CommandId id);

// HOLDFAST and its sub-commands: no Redis knows them.
bool is_own_command(CommandId id);

// Finds a command by name, any case; kUnknownCommand if there is none. For a container the sub-command
// (second argument, may be empty) is looked up too: an unknown sub-command answers the container's id.
// Allocates nothing; constant time.
CommandId find_command(std::string_view name, std::string_view subcommand);
// The same with "config|set" in one word, as configuration writes it; an unknown sub-command is unknown.
CommandId find_command(std::string_view full_name);

// The bit of an ACL category ("@write" or "write"), or 0 when there is no such category.
uint32_t category_bit(std::string_view name);
std::span<const std::string_view> category_names();

}  // namespace holdfast::policy
