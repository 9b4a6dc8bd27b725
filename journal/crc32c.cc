#include "journal/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace holdfast::journal {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[k][b]: the checksum of byte b followed by k zero bytes; eight of them eat eight bytes at once.
constexpr auto kTables = [] {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

#if defined(__x86_64__)
// a * b modulo the polynomial, both reflected: bit 31 is x^0.
constexpr uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = UINT32_C(1) << 31; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
  }
  return product;
}

// What N zero bytes make of a register: times x^(8N), looked up byte by byte.
template <size_t N>
constexpr auto zeros_table() {
  uint32_t power = UINT32_C(1) << 30;  // x
  uint32_t operand = UINT32_C(1) << 31;
  for (size_t exponent = 8 * N; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) operand = multiply(operand, power);
    power = multiply(power, power);
  }
  std::array<std::array<uint32_t, 256>, 4> table{};
  for (uint32_t k = 0; k < 4; ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) table[k][byte] = multiply(byte << (8 * k), operand);
  }
  return table;
}

uint32_t after_zeros(const std::array<std::array<uint32_t, 256>, 4>& table, uint64_t state) {
  return table[0][state & 0xff] ^ table[1][(state >> 8) & 0xff] ^ table[2][(state >> 16) & 0xff] ^
         table[3][(state >> 24) & 0xff];
}

inline uint64_t load(const unsigned char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, 8);
  return word;
}

// The instruction takes three cycles and can begin one every cycle: three pieces of N bytes side by side, put
// together afterwards.
template <size_t N>
__attribute__((target("sse4.2"))) uint64_t three_at_once(uint64_t state, const unsigned char*& bytes,
                                                         size_t& size) {
  static constexpr auto kZeros = zeros_table<N>();
  while (size >= 3 * N) {
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t at = 0; at < N; at += 8) {
      state = _mm_crc32_u64(state, load(bytes + at));
      second = _mm_crc32_u64(second, load(bytes + N + at));
      third = _mm_crc32_u64(third, load(bytes + 2 * N + at));
    }
    state = after_zeros(kZeros, state) ^ second;
    state = after_zeros(kZeros, state) ^ third;
    bytes += 3 * N;
    size -= 3 * N;
  }
  return state;
}

__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(uint32_t crc, const void* data, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  uint64_t state = static_cast<uint32_t>(~crc);
  state = three_at_once<4096>(state, bytes, size);
  state = three_at_once<256>(state, bytes, size);
  while (size >= 8) {
    state = _mm_crc32_u64(state, load(bytes));
    bytes += 8;
    size -= 8;
  }
  auto narrow = static_cast<uint32_t>(state);
  while (size-- > 0) narrow = _mm_crc32_u8(narrow, *bytes++);
  return ~narrow;
}

const bool kHasSse42 = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

uint32_t crc32c_portable(uint32_t crc, const void* data, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  uint32_t state = ~crc;
  while (size >= 8) {
    const uint32_t low =
        state ^ (bytes[0] | static_cast<uint32_t>(bytes[1]) << 8 | static_cast<uint32_t>(bytes[2]) << 16 |
                 static_cast<uint32_t>(bytes[3]) << 24);
    state = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
            kTables[4][low >> 24] ^ kTables[3][bytes[4]] ^ kTables[2][bytes[5]] ^ kTables[1][bytes[6]] ^
            kTables[0][bytes[7]];
    bytes += 8;
    size -= 8;
  }
  while (size-- > 0) state = (state >> 8) ^ kTables[0][(state ^ *bytes++) & 0xff];
  return ~state;
}

uint32_t crc32c(uint32_t crc, const void* data, size_t size) {
#if defined(__x86_64__)
  if (kHasSse42) return crc32c_sse42(crc, data, size);
#endif
  return crc32c_portable(crc, data, size);
}

}  // namespace holdfast::journal
