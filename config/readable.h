// What the TOML library does not survive, found before it sees the text.
#pragma once

#include <string_view>

namespace holdfast::config {

// The first line with bytes that are not UTF-8, or with a NUL; 0 when there is none. The library trusts its
// input here and fails in odd ways.
int first_unreadable_line(std::string_view text);

// The first line at which more than a hundred brackets are open; 0 when there is none. The library recurses
// into each until the stack is full. Brackets in strings are counted too: no real file comes near the limit.
int first_too_deep_line(std::string_view text);

}  // namespace holdfast::config
