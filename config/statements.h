// Cuts a TOML text into its statements, also when some of them are wrong. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace holdfast::config {

struct Statement {
  int line = 0;  // 1 = the first
  int last_line = 0;
  size_t begin = 0, end = 0;  // bytes of the text, without the last newline
  bool is_section = false;    // "[...]"
};

// Empty lines and comments belong to none. A list that is not closed ends where something begins that can
// only be a new statement.
std::vector<Statement> statements(std::string_view text);

}  // namespace holdfast::config
