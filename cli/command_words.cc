#include "cli/command_words.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace holdfast::cli {
namespace {

constexpr size_t kLongestShown = 120;

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// What stands behind a backslash in double quotes; moves `at` behind it.
char unescaped(std::string_view text, size_t& at) {
  const char c = text[at++];
  if (c == 'x' && at + 1 < text.size() && hex_value(text[at]) >= 0 && hex_value(text[at + 1]) >= 0) {
    const int value = hex_value(text[at]) * 16 + hex_value(text[at + 1]);
    at += 2;
    return static_cast<char>(value);
  }
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> arguments;
  for (size_t at = 0;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return arguments;
    std::string& argument = arguments.emplace_back();
    char quote = 0;
    while (at < text.size() && (quote != 0 || !is_space(text[at]))) {
      const char c = text[at++];
      if (quote == '"' && c == '\\' && at < text.size()) {
        argument += unescaped(text, at);
      } else if (quote == '\'' && c == '\\' && at < text.size() && text[at] == '\'') {
        argument += text[at++];
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else {
        argument += c;
      }
    }
    if (quote != 0)
      return Error(ErrorCode::kInvalid, std::string("a quote ") + quote + " is not closed in the command");
  }
}

std::string join_command(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    if (!text.empty()) text += ' ';
    const bool plain = !argument.empty() && std::ranges::all_of(argument, [](char c) {
      return c > ' ' && c < 0x7F && c != '"' && c != '\'';
    });
    if (!plain) text += '"';
    for (const char c : argument) {
      if (c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
        text += c;
      } else {
        char escaped[5];
        std::snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned char>(c));
        text += c == '"' ? "\\\"" : c == '\\' ? (plain ? "\\" : "\\\\") : escaped;
      }
    }
    if (!plain) text += '"';
  }
  return text.size() > kLongestShown ? text.substr(0, kLongestShown) + "..." : text;
}

}  // namespace holdfast::cli
