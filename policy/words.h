// Options of commands, compared as Redis does: any case. Pure; any thread.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::policy {

// `word` in upper case.
inline bool is_option(std::string_view argument, std::string_view word) {
  if (argument.size() != word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = argument[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != word[i]) return false;
  }
  return true;
}

// Every number that Redis takes (util.c, string2ll), and some that it refuses.
inline std::optional<int64_t> to_integer(std::string_view argument) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(argument.data(), argument.data() + argument.size(), number);
  if (problem != std::errc() || end != argument.data() + argument.size()) return std::nullopt;
  return number;
}

}  // namespace holdfast::policy
