// Durations and sizes as people write them in holdfast.toml: "500ms" "10s" "5m" "24h" "7d", and
// "64KiB" "256MiB" "1GiB" (powers of 1024) or "64KB" "1MB" "1GB" (powers of 1000).
//
// A whole number, directly followed by a unit, written exactly so. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::config {

// Milliseconds, never negative. The error quotes the text and names the units.
Result<int64_t> parse_duration_ms(std::string_view text);

// Bytes, never more than INT64_MAX. The error quotes the text and names the units.
Result<uint64_t> parse_size_bytes(std::string_view text);

// True when the text ends in a unit of size: decides how "7d" and "50GiB" are read where both may stand.
bool looks_like_size(std::string_view text);

// The shortest exact way to write a value: "2s" for 2000, "256MiB" for 268435456.
std::string format_duration(int64_t ms);
std::string format_size(uint64_t bytes);

}  // namespace holdfast::config
