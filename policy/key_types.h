// Which types of value a command is about. Facts of Redis 7.0. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/keyspace.h"
#include "policy/command_table.h"

namespace holdfast::policy {

// A set of config::KeyType, one bit each.
using KeyTypes = uint8_t;
inline constexpr KeyTypes kAnyType = 0x3f;
constexpr KeyTypes bit_of(config::KeyType type) {
  return static_cast<KeyTypes>(1u << static_cast<unsigned>(type));
}

// The types that the key at this place may have for the command to be about it: kAnyType for DEL, EXPIRE and
// their like; nothing for what makes a value of a type that the request does not tell (a script).
KeyTypes key_types(CommandId id, std::span<const std::string_view> arguments, size_t key_index, bool changes);

// COPY and RENAME: the key gets whatever type the other one (the first argument) has.
bool takes_type_of_other_key(CommandId id, size_t key_index);

}  // namespace holdfast::policy
