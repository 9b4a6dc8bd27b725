// What CLI11 asks about an option's value before it is taken. Pure: an empty answer is a yes.
#pragma once

#include <string>

namespace holdfast::cli {

// It may be left out, but not be empty: `--keys "$PATTERN"` with nothing in the variable must not come to
// mean all keys.
inline std::string not_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

// Numbers of generations and the like.
inline std::string counts_from_one(const std::string& text) {
  return text.find_first_not_of("0") == std::string::npos ? "they count from 1" : "";
}

}  // namespace holdfast::cli
