// A hash table over the names of a command table, built at compile time and read for every request.
//
// Open addressing with linear probing, at most a quarter full, one multiplication per lookup. The slots hold
// 16-bit ids (4 KiB in all) and a name is one cache line, so a workload's commands stay in the first-level
// cache. A sub-command is found by its second word within the scope of its container, a command at the top
// level, so the wire name "config|set" finds nothing, as in Redis.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/command_table.h"
#include "policy/packed_name.h"

namespace holdfast::policy {

inline constexpr CommandId kTopLevel = 0;  // the scope of every command that is not a sub-command

template <size_t kCommands>
class CommandIndex {
 public:
  // Every name of `rows` but entry 0, which stands for the unknown. A container precedes its sub-commands.
  consteval explicit CommandIndex(const std::array<CommandInfo, kCommands>& rows) {
    for (CommandId id = 1; id < kCommands; ++id) insert(rows[id].name, id);
  }

  // The command of this name in this scope, or kUnknownCommand.
  constexpr CommandId find(std::string_view name, CommandId scope) const {
    return is_short(name) ? find_short(name, scope) : find_long(name, scope);
  }

  // Nearly every name fits one word: that way is short enough to be inlined into find_command().
  static constexpr bool is_short(std::string_view name) {
    return name.size() - kMinNameLength <=
           8 - kMinNameLength;  // below the minimum it wraps around: not short
  }

  // find() for a name that is_short().
  [[gnu::always_inline]] constexpr CommandId find_short(std::string_view name, CommandId scope) const {
    uint64_t word = pack_short_name(name);
    uint64_t tag = tag_of(name, scope);
    for (size_t slot = first_slot({word}, tag);; slot = (slot + 1) % kSlots) {
      CommandId id = slots_[slot];
      if (id == kUnknownCommand || (names_[id].tag == tag && names_[id].first.equals(word))) return id;
    }
  }

 private:
  static constexpr size_t kSlots = 2048;
  static_assert(kCommands * 4 <= kSlots, "the table has outgrown the index: double kSlots");

  struct alignas(64) Name {
    uint64_t tag = 0;
    KnownWord first, second, third;
  };

  // Scope and length. The length tells "get" from "get\0", and a name of one word from a longer one.
  static constexpr uint64_t tag_of(std::string_view name, CommandId scope) {
    return uint64_t{scope} << 8 | name.size();
  }

  static constexpr size_t first_slot(const PackedName& name, uint64_t tag) {
    constexpr uint64_t kCaseBits = 0x2020202020202020;  // set in every byte: upper and lower case hash alike
    uint64_t mixed = name.first ^ std::rotl(name.second, 24) ^ std::rotl(name.third, 48);
    mixed = (mixed | kCaseBits) ^ tag << 24;
    mixed *= 0x9e3779b97f4a7c15;  // Fibonacci hashing: the top bits depend on every bit below
    return mixed >> (64 - std::countr_zero(kSlots));
  }

  constexpr CommandId find_long(std::string_view name, CommandId scope) const {
    if (name.size() < kMinNameLength || name.size() > kMaxNameLength) return kUnknownCommand;
    PackedName packed = pack_name(name);
    uint64_t tag = tag_of(name, scope);
    for (size_t slot = first_slot(packed, tag);; slot = (slot + 1) % kSlots) {
      CommandId id = slots_[slot];
      if (id == kUnknownCommand) return id;
      const Name& known = names_[id];
      if (known.tag == tag && known.first.equals(packed.first) && known.second.equals(packed.second) &&
          known.third.equals(packed.third)) {
        return id;
      }
    }
  }

  struct DuplicateName {};  // thrown at compile time only, where they are the build's error messages
  struct OrphanSubcommand {};
  struct BadNameLength {};

  consteval void insert(std::string_view full_name, CommandId id) {
    std::string_view name = full_name;
    CommandId scope = kTopLevel;
    if (size_t bar = full_name.find('|'); bar != std::string_view::npos) {
      scope = find(full_name.substr(0, bar), kTopLevel);
      if (scope == kUnknownCommand) throw OrphanSubcommand{};
      name = full_name.substr(bar + 1);
    }
    if (name.size() < kMinNameLength || name.size() > kMaxNameLength) throw BadNameLength{};
    if (find(name, scope) != kUnknownCommand) throw DuplicateName{};
    PackedName packed = pack_name(name);
    uint64_t tag = tag_of(name, scope);
    size_t slot = first_slot(packed, tag);
    while (slots_[slot] != kUnknownCommand) slot = (slot + 1) % kSlots;
    slots_[slot] = id;
    names_[id] = {tag, KnownWord(packed.first), KnownWord(packed.second), KnownWord(packed.third)};
  }

  std::array<CommandId, kSlots> slots_{};
  std::array<Name, kCommands> names_{};
};

}  // namespace holdfast::policy
