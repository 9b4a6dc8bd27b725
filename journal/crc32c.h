// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of everything that the journal writes.
//
// Pure and thread-safe. Uses the SSE4.2 instruction where the processor has it, a table where not; both
// give the same numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::journal {

// Continues a checksum: crc32c(crc32c(0, a), b) == crc32c(0, ab).
uint32_t crc32c(uint32_t crc, const void* data, size_t size);

inline uint32_t crc32c(uint32_t crc, std::string_view text) {
  return crc32c(crc, text.data(), text.size());
}

// The table version, whatever the processor can do. For tests.
uint32_t crc32c_portable(uint32_t crc, const void* data, size_t size);

}  // namespace holdfast::journal
