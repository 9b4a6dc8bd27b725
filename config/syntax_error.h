// Turns what the TOML library says about a text into one line for a person.
#pragma once

#include <string>
#include <string_view>

#include "config/problems.h"

namespace holdfast::config {

struct SyntaxProblem {
  Position at;
  std::string text;
};

// The library's message is a drawing of several lines with its own function names in it:
//   [error] toml::parse_array: missing array separator `,` after a value
//    3 | c=3
//      | ^--- should be `,`
// The result is its gist, "missing array separator `,` after a value", and the place of the last arrow;
// `line` if there is none.
SyntaxProblem plain_syntax_problem(std::string_view what, int line);

}  // namespace holdfast::config
