// The "<number>\r\n" that follows the type byte of RESP's lengths and counts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::resp {

enum class LineOutcome { kNumber, kNeedMore, kBad };

// The same for any number; the inline function below is what to call.
LineOutcome read_any_decimal_line(const char* data, size_t size, size_t& at, int64_t& number);

// Reads a number at data[at...size) that ends in CRLF; on kNumber `at` is moved behind it. As in Redis
// (util.c, string2ll): an optional '-', no '+', no leading zeros, no empty number. `at` is at most `size`.
// Inlined by force: called for every argument of every request, it would cost as much again as a call.
[[gnu::always_inline]] inline LineOutcome read_decimal_line(const char* data, size_t size, size_t& at,
                                                            int64_t& number) {
  // Nearly every count and length of a request has one or two digits.
  if (size - at >= 4) [[likely]] {
    const char* const line = data + at;
    const unsigned first = static_cast<unsigned char>(line[0]) - unsigned{'0'};
    if (line[1] == '\r') {
      if (first <= 9 && line[2] == '\n') {
        number = first;
        at += 3;
        return LineOutcome::kNumber;
      }
    } else if (line[2] == '\r' && line[3] == '\n') {
      const unsigned second = static_cast<unsigned char>(line[1]) - unsigned{'0'};
      if (first - 1 <= 8 && second <= 9) {
        number = first * 10 + second;
        at += 4;
        return LineOutcome::kNumber;
      }
    }
  }
  return read_any_decimal_line(data, size, at, number);
}

}  // namespace holdfast::resp
