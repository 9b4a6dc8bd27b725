#include "resp/command_end.h"

#include "resp/limits.h"

namespace holdfast::resp {
namespace {

constexpr int64_t kArgumentsMax = INT64_C(0x7fffffff);

// Digits, CR, LF; `at` comes to stand behind them. -1: something else, or not all there.
inline int64_t take_number(const char* data, size_t size, size_t& at, int64_t limit) {
  const size_t from = at;
  int64_t number = 0;
  while (at < size) {
    const auto digit = static_cast<unsigned char>(data[at] - '0');
    if (digit > 9) break;
    number = number * 10 + digit;
    if (number > limit) return -1;
    ++at;
  }
  if (at == from || size - at < 2 || data[at] != '\r' || data[at + 1] != '\n') return -1;
  at += 2;
  return number;
}

}  // namespace

size_t command_end(const char* data, size_t size) {
  if (size == 0 || data[0] != '*') return 0;
  size_t at = 1;
  int64_t left = take_number(data, size, at, kArgumentsMax);
  if (left <= 0) return 0;
  for (; left > 0; --left) {
    if (at >= size || data[at] != '$') return 0;
    ++at;
    const int64_t length = take_number(data, size, at, kStreamBulkBytesMax);
    if (length < 0 || size - at < static_cast<uint64_t>(length) + 2) return 0;
    at += static_cast<size_t>(length) + 2;
  }
  return at;
}

void append_arguments(std::string_view command, std::vector<std::string_view>& arguments) {
  size_t at = 1;
  int64_t left = take_number(command.data(), command.size(), at, kArgumentsMax);
  for (; left > 0; --left) {
    ++at;
    const int64_t length = take_number(command.data(), command.size(), at, kStreamBulkBytesMax);
    if (length < 0) return;
    arguments.push_back(command.substr(at, static_cast<size_t>(length)));
    at += static_cast<size_t>(length) + 2;
  }
}

}  // namespace holdfast::resp
