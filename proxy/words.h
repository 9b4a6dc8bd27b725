// The words of commands and their options, which Redis compares in any case. Pure.
#pragma once

#include <strings.h>

#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy/command_table.h"

namespace holdfast::proxy {

inline bool equals(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

// Does Redis refuse so many arguments?
inline bool has_wrong_arity(policy::CommandId id, std::span<const std::string_view> arguments) {
  const int arity = policy::command(id).arity;
  const int size = static_cast<int>(arguments.size());
  return arity > 0 ? size != arity : size < -arity;
}

// "CONFIG SET"
inline std::string command_label(policy::CommandId id) {
  std::string label(policy::command(id).name);
  for (char& c : label) c = c == '|' ? ' ' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 32) : c;
  return label;
}

// As Redis reads integers (util.c, string2ll): no '+', no leading zeros, no "-0".
inline bool to_integer(std::string_view text, int64_t& number) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits[0] == '0' && text.size() > 1)) return false;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
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
