// Turns what the TOML library says about a text into one line for a person.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::config {

// The library's message is a drawing of several lines with its own function names in it:
//   [error] toml::parse_array: missing array separator `,` after a value
//    3 | c=3
//      | ^--- should be `,`
// The result is its gist: "missing array separator `,` after a value".
std::string plain_syntax_message(std::string_view what);

}  // namespace holdfast::config
