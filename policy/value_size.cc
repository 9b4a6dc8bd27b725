#include "policy/value_size.h"

#include <algorithm>

#include "policy/words.h"

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;

// Redis refuses what is larger than proto-max-bulk-len, so nothing that overflows is ever written.
uint64_t end_of(std::string_view offset, uint64_t unit, uint64_t size) {
  const auto number = to_integer(offset);
  if (!number || *number < 0) return size;
  uint64_t end = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(*number), unit, &end)) return ~uint64_t{0};
  return __builtin_add_overflow(end, size, &end) ? ~uint64_t{0} : end;
}

uint64_t bytes_of(uint64_t bits) {
  return bits / 8 + (bits % 8 != 0 ? 1 : 0);
}

// "u8", "i64": how many bits.
uint64_t width_of(std::string_view type) {
  const auto bits = type.empty() ? std::nullopt : to_integer(type.substr(1));
  return bits && *bits > 0 ? static_cast<uint64_t>(*bits) : 1;
}

// BITFIELD key [GET type offset | SET type offset value | INCRBY type offset increment | OVERFLOW x] ...
uint64_t bitfield_size(Arguments arguments) {
  uint64_t size = 0;
  for (size_t i = 2; i + 3 < arguments.size(); ++i) {
    if (!is_option(arguments[i], "SET") && !is_option(arguments[i], "INCRBY")) continue;
    const uint64_t bits = width_of(arguments[i + 1]);
    std::string_view offset = arguments[i + 2];
    const bool counts_fields = offset.starts_with('#');
    if (counts_fields) offset.remove_prefix(1);
    size = std::max(size, bytes_of(end_of(offset, counts_fields ? bits : 1, bits)));
  }
  return size;
}

}  // namespace

// Keys nearly always come in the order of the arguments, so that all of a long DEL take one step each.
bool ValueSize::is_key(size_t argument, size_t& cursor) const {
  const std::vector<KeyUse>& all = uses_.all();
  const auto at = [&](const KeyUse& use) { return use.argument == argument && use.kind == KeyKind::kKey; };
  if (cursor < all.size() && at(all[cursor])) {
    ++cursor;
    return true;
  }
  const auto found = std::ranges::find_if(all, at);
  if (found == all.end()) return false;
  cursor = static_cast<size_t>(found - all.begin()) + 1;
  return true;
}

uint64_t ValueSize::of_all_keys() const {
  static const CommandId setrange = find_command("setrange");
  static const CommandId setbit = find_command("setbit");
  static const CommandId bitfield = find_command("bitfield");
  if (id_ == setrange && arguments_.size() == 4)  // of nothing it writes nothing
    return arguments_[3].empty() ? 0 : end_of(arguments_[2], 1, arguments_[3].size());
  if (id_ == setbit && arguments_.size() == 4) return bytes_of(end_of(arguments_[2], 1, 1));
  if (id_ == bitfield) return bitfield_size(arguments_);
  uint64_t largest = 0;
  size_t cursor = 0;
  for (size_t i = 1; i < arguments_.size(); ++i)
    if (!is_key(i, cursor)) largest = std::max<uint64_t>(largest, arguments_[i].size());
  return largest;
}

uint64_t ValueSize::of(size_t key_index) {
  static const CommandId mset = find_command("mset");
  static const CommandId msetnx = find_command("msetnx");
  if (id_ == mset || id_ == msetnx)
    return key_index + 1 < arguments_.size() ? arguments_[key_index + 1].size() : 0;
  if (of_all_keys_ == kNotYet) of_all_keys_ = of_all_keys();
  return of_all_keys_;
}

}  // namespace holdfast::policy
