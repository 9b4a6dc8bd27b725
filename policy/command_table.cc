#include "policy/command_table.h"

#include <array>

#include "policy/command_facts.h"
#include "policy/command_index.h"
#include "policy/command_words.h"

namespace holdfast::policy {
namespace {

constexpr CommandInfo kGeneratedRows[] = {
#include "policy/command_table_data.inc"
};

// A command the table lacks may do anything: it is never taken for a read.
constexpr CommandInfo kUnknownRow = {"unknown", -1, kMayWrite, 0, 0, 0, 0};

constexpr size_t kRowCount = 1 + std::size(kGeneratedRows) + kNewerCommands.size() + kOwnCommands.size();

static_assert(kRowCount <= kCommandsMax);

struct NoSuchCommand {};  // thrown at compile time only

// Entry 0, the generated rows, the newer commands, our own; with the curated facts laid over them.
consteval std::array<CommandInfo, kRowCount> build_rows() {
  std::array<CommandInfo, kRowCount> rows{};
  size_t count = 0;
  rows[count++] = kUnknownRow;
  for (const CommandInfo& row : kGeneratedRows) rows[count++] = row;
  for (const CommandInfo& row : kNewerCommands) rows[count++] = row;
  for (const CommandInfo& row : kOwnCommands) rows[count++] = row;
  for (CommandInfo& row : rows) {
    // A container's own entry also answers for sub-commands the table lacks, which may do anything.
    if (row.needs_subcommand()) row.flags |= kMayWrite;  // of ours too, where it means nothing
  }
  for (const CommandFact& fact : kCommandFacts) {
    size_t id = 1;
    while (id < count && rows[id].name != fact.name) ++id;
    if (id == count) throw NoSuchCommand{};
    rows[id].flags |= fact.flags;
  }
  return rows;
}

constexpr std::array<CommandInfo, kRowCount> kRows = build_rows();
constexpr CommandIndex<kRowCount> kIndex(kRows);

// These two are kept out of find_command() and called last in it, so that the way of GET and SET saves no
// registers for them.
[[gnu::noinline]] CommandId with_subcommand(CommandId container, std::string_view subcommand) {
  CommandId id = kIndex.find(subcommand, container);
  return id != kUnknownCommand ? id : container;
}

[[gnu::noinline]] CommandId find_long_command(std::string_view name, std::string_view subcommand) {
  CommandId id = kIndex.find(name, kTopLevel);
  return kRows[id].has(kContainer) ? with_subcommand(id, subcommand) : id;
}

}  // namespace

bool is_own_command(CommandId id) {
  return id >= kRowCount - kOwnCommands.size();
}

std::span<const CommandInfo> commands() {
  return kRows;
}

const CommandInfo& command(CommandId id) {
  return kRows[id];
}

// On the way of every request: about 40 instructions for a name of up to eight bytes.
CommandId find_command(std::string_view name, std::string_view subcommand) {
  if (!kIndex.is_short(name)) [[unlikely]]
    return find_long_command(name, subcommand);
  CommandId id = kIndex.find_short(name, kTopLevel);
  if (kRows[id].has(kContainer)) [[unlikely]]
    return with_subcommand(id, subcommand);
  return id;
}

CommandId find_command(std::string_view full_name) {
  size_t bar = full_name.find('|');
  if (bar == std::string_view::npos) return kIndex.find(full_name, kTopLevel);
  CommandId container = kIndex.find(full_name.substr(0, bar), kTopLevel);
  if (container == kUnknownCommand) return kUnknownCommand;
  return kIndex.find(full_name.substr(bar + 1), container);
}

uint32_t category_bit(std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  for (size_t i = 0; i < kCategoryNames.size(); ++i) {
    if (kCategoryNames[i] == name) return uint32_t{1} << i;
  }
  return 0;
}

std::span<const std::string_view> category_names() {
  return kCategoryNames;
}

}  // namespace holdfast::policy
