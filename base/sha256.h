// SHA-256 (FIPS 180-4), for the password hashes of ACL rules. One-shot; any thread. About 5 ns per byte, so
// that what comes from outside should be bounded before it is hashed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

// 64 lower-case hexadecimal digits, as `sha256sum` and ACL LIST write it.
std::string to_hex(const Sha256& digest);

// False unless `hex` is exactly 64 lower-case hexadecimal digits: Redis takes no others.
bool from_hex(std::string_view hex, Sha256& digest);

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Sha256& a, const Sha256& b);

}  // namespace holdfast
