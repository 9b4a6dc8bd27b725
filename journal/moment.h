// A moment of the journal as a person writes it: "latest", an offset, a time, "5 minutes ago".
//
// Pure. A time without a time zone is refused: an hour more or less of somebody's data must not be guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

struct Moment {
  enum class Kind { kLatest, kOffset, kTime };
  Kind kind = Kind::kLatest;
  uint64_t offset = 0;  // kOffset: a replication offset
  int64_t time_ms = 0;  // kTime: Unix time
};

// latest                      | now
// 84321                       an offset
// 2026-11-26T14:05:00Z        RFC 3339: also with a fraction, a lower-case t or z, a space for the T, +02:00
// @1764165900.5               Unix seconds
// 5 minutes ago               also 1h30m ago, 1.5 hours ago, an hour ago
// yesterday                   24 hours ago
// kInvalid says what is accepted.
Result<Moment> parse_moment(std::string_view text, int64_t now_ms);

// "2026-11-26T14:05:00.123Z": accepted by parse_moment().
std::string format_time(int64_t unix_ms);

}  // namespace holdfast::journal
