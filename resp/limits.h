// Redis's limits on what a client may send (networking.c and config.c of Redis 7.0: PROTO_INLINE_MAX_SIZE,
// proto-max-bulk-len, the multibulk count, and the small limits before AUTH).
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::resp {

struct Limits {
  int64_t arguments_max = INT64_C(0x7fffffff);
  int64_t bulk_bytes_max = INT64_C(512) * 1024 * 1024;
  size_t inline_bytes_max = 64 * 1024;
};

inline constexpr Limits kLimits{};
inline constexpr Limits kLimitsBeforeAuth{10, 16 * 1024, 64 * 1024};

// proto-max-bulk-len can be raised on a server, so its replication stream may carry more than a client
// of ours may send; this only keeps a corrupt length from being believed.
inline constexpr int64_t kStreamBulkBytesMax = INT64_C(1) << 40;
inline constexpr Limits kStreamLimits{INT64_C(0x7fffffff), kStreamBulkBytesMax, 64 * 1024};

}  // namespace holdfast::resp
