#include "resp/decimal_line.h"

namespace holdfast::resp {

LineOutcome read_any_decimal_line(const char* data, size_t size, size_t& at, int64_t& number) {
  size_t i = at;
  bool negative = false;
  if (i < size && data[i] == '-') {
    negative = true;
    ++i;
  }
  const size_t first_digit = i;
  int64_t value = 0;
  while (i < size && data[i] >= '0' && data[i] <= '9') {
    if (i - first_digit == 18) return LineOutcome::kBad;  // more digits than any limit has
    value = value * 10 + (data[i] - '0');
    ++i;
  }
  const size_t digits = i - first_digit;
  if (i == size) return LineOutcome::kNeedMore;
  if (data[i] != '\r' || digits == 0) return LineOutcome::kBad;
  if (data[first_digit] == '0' && (digits > 1 || negative)) return LineOutcome::kBad;
  if (i + 1 == size) return LineOutcome::kNeedMore;
  if (data[i + 1] != '\n') return LineOutcome::kBad;
  number = negative ? -value : value;
  at = i + 2;
  return LineOutcome::kNumber;
}

}  // namespace holdfast::resp
