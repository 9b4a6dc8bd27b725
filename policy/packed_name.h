// A command name packed into words, so that names are hashed and compared eight bytes at a time.
//
// On the way of every request: never reads past the name, allocates nothing, has no loop. Letters keep their
// case here; KnownName is what ignores it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace holdfast::policy {

// No command's name is shorter than two bytes; the longest are georadiusbymember_ro (20) and the sub-command
// count-failure-reports (21). Checked for every row where the index is built.
inline constexpr size_t kMinNameLength = 2;
inline constexpr size_t kMaxNameLength = 24;

// The name's bytes in memory order, zero after the last. Plain words and no array: they stay in registers.
struct PackedName {
  uint64_t first = 0, second = 0, third = 0;
};

namespace internal {

template <typename T>
constexpr uint64_t load(const char* from) {
  static_assert(std::endian::native == std::endian::little, "pack_name() puts overlapping loads together");
  if (std::is_constant_evaluated()) {
    uint64_t word = 0;
    for (size_t i = 0; i < sizeof(T); ++i) word |= uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
    return word;
  }
  T bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

}  // namespace internal

// The one word of a name of 2 to 8 bytes: two loads that overlap; what both read lands on the same bits.
constexpr uint64_t pack_short_name(std::string_view name) {
  const char* bytes = name.data();
  size_t size = name.size();
  if (size >= 4) {
    return internal::load<uint32_t>(bytes) | internal::load<uint32_t>(bytes + size - 4) << (8 * (size - 4));
  }
  return internal::load<uint16_t>(bytes) | internal::load<uint16_t>(bytes + size - 2) << (8 * (size - 2));
}

// A name of kMinNameLength to kMaxNameLength bytes. The last word is the last eight bytes, shifted so that
// what the word before it has already falls out.
constexpr PackedName pack_name(std::string_view name) {
  const char* bytes = name.data();
  size_t size = name.size();
  if (size <= 8) return {pack_short_name(name)};
  uint64_t first = internal::load<uint64_t>(bytes);
  uint64_t last = internal::load<uint64_t>(bytes + size - 8);
  if (size <= 16) return {first, last >> (8 * (16 - size))};
  return {first, internal::load<uint64_t>(bytes + 8), last >> (8 * (24 - size))};
}

// One word of a name in the table, equal to a word of a request when they differ in nothing but the case of
// letters. Exact: a name with '\r' in the place of '-' (the same byte but for the case bit) is not equal.
class KnownWord {
 public:
  constexpr KnownWord() = default;
  constexpr explicit KnownWord(uint64_t lower_case) : word_(lower_case) {
    for (int shift = 0; shift < 64; shift += 8) {
      char byte = static_cast<char>(lower_case >> shift);
      if (byte >= 'a' && byte <= 'z') significant_ &= ~(uint64_t{0x20} << shift);
    }
  }

  constexpr bool equals(uint64_t word) const { return ((word ^ word_) & significant_) == 0; }

 private:
  uint64_t word_ = 0;
  uint64_t significant_ = ~uint64_t{0};  // every bit but the case bit of letters
};

}  // namespace holdfast::policy
