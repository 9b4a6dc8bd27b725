// One way to say what a configuration text must lead to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

namespace holdfast::config {

// The text, named "h.toml", leads to exactly these problems, in this order; to none: it loads.
inline void check(const std::string& text, const std::vector<std::string>& problems) {
  SCOPED_TRACE(text);
  const LoadResult result = load_text(text, "h.toml");
  EXPECT_THAT(result.problems.lines, ::testing::ElementsAreArray(problems));
  EXPECT_EQ(result.config.has_value(), problems.empty());
}

// The Config of a text that is right.
inline Config loaded(const std::string& text) {
  LoadResult result = load_text(text, "h.toml");
  EXPECT_THAT(result.problems.lines, ::testing::IsEmpty()) << text;
  return result.config ? *result.config : Config{};
}

}  // namespace holdfast::config
