// Reads whose reply grows with the data: one of them can stall Redis for everybody. Facts of Redis 7.0. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/command_table.h"

namespace holdfast::policy {

// More elements than this asked for in one reply is as good as no bound.
inline constexpr int64_t kBoundedElements = 1'000;

// Could any command line of this command be one?
bool may_be_unbounded(CommandId id);

// Is this one? KEYS, HGETALL, HKEYS, HVALS, SMEMBERS, SUNION and their like always; LRANGE, ZRANGE and XRANGE
// and their like when neither the range nor a LIMIT or COUNT bounds them; SORT and GEOSEARCH without LIMIT or
// COUNT; SCAN and its like, HRANDFIELD and its like with too large a count.
bool is_unbounded_read(CommandId id, std::span<const std::string_view> arguments);

}  // namespace holdfast::policy
