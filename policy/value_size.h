// How large a value a command writes into one key, as far as the request itself tells. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "policy/command_table.h"
#include "policy/key_positions.h"

namespace holdfast::policy {

// The bytes of the largest argument that is not a key: a value, a field, a member, the payload of RESTORE. Of
// MSET and MSETNX only the value of this key. SETRANGE, SETBIT and BITFIELD: how long the string is at least
// afterwards. What is in the key already does not count (APPEND), nor what a command takes from other keys.
class ValueSize {
 public:
  ValueSize(CommandId id, std::span<const std::string_view> arguments, const KeyUses& uses)
      : id_(id), arguments_(arguments), uses_(uses) {}

  // Of the key that is this argument.
  uint64_t of(size_t key_index);

 private:
  uint64_t of_all_keys() const;
  bool is_key(size_t argument, size_t& cursor) const;

  CommandId id_;
  std::span<const std::string_view> arguments_;
  const KeyUses& uses_;
  uint64_t of_all_keys_ = kNotYet;
  static constexpr uint64_t kNotYet = ~uint64_t{0};
};

}  // namespace holdfast::policy
