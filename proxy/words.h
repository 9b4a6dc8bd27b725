// The words of commands' options, which Redis compares in any case. Pure.
#pragma once

#include <strings.h>

#include <string_view>

namespace holdfast::proxy {

inline bool equals(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

// networking.c, clientSetName(): nothing that would break a line of CLIENT LIST.
inline bool is_client_name(std::string_view name) {
  for (const char c : name) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}
inline constexpr std::string_view kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";

}  // namespace holdfast::proxy
