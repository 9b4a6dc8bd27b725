// One way to say what a configuration text must lead to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

namespace holdfast::config {

// "h.toml:12:3: text" without its column: diagnostics_test.cc has those.
inline std::vector<std::string> without_columns(std::vector<std::string> lines) {
  for (std::string& line : lines) {
    const size_t digits = line.find_first_not_of("0123456789", line.find(':') + 1);
    if (digits == std::string::npos || line[digits] != ':') continue;
    const size_t end = line.find_first_not_of("0123456789", digits + 1);
    if (end > digits + 1 && end != std::string::npos && line[end] == ':') line.erase(digits, end - digits);
  }
  return lines;
}

// The text, named "h.toml", leads to exactly these problems, in this order; to none: it loads.
inline void check(const std::string& text, const std::vector<std::string>& problems) {
  SCOPED_TRACE(text);
  const LoadResult result = load_text(text, "h.toml");
  EXPECT_THAT(without_columns(result.problems.lines()), ::testing::ElementsAreArray(problems));
  EXPECT_EQ(result.config.has_value(), problems.empty());
}

// The Config of a text that is right.
inline Config loaded(const std::string& text) {
  LoadResult result = load_text(text, "h.toml");
  EXPECT_THAT(result.problems.lines(), ::testing::IsEmpty()) << text;
  return result.config ? *result.config : Config{};
}

}  // namespace holdfast::config
