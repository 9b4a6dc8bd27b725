#include "cli/split_words.h"

#include <cctype>
#include <charconv>

namespace holdfast::cli {
namespace {

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// The character that a backslash and what follows stand for; `at` is on the character behind the backslash.
char escaped(std::string_view text, size_t& at) {
  const char c = text[at];
  if (c == 'n') return '\n';
  if (c == 'r') return '\r';
  if (c == 't') return '\t';
  if (c == 'x' && at + 2 < text.size()) {
    unsigned value = 0;
    const char* from = text.data() + at + 1;
    if (std::from_chars(from, from + 2, value, 16).ptr == from + 2) {
      at += 2;
      return static_cast<char>(value);
    }
  }
  return c;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (true) {
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size()) return words;
    std::string word;
    char quote = 0;
    for (; at < text.size() && (quote != 0 || !is_blank(text[at])); ++at) {
      const char c = text[at];
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == '\\' && quote == '"' && at + 1 < text.size()) {
        word += escaped(text, ++at);
      } else {
        word += c;
      }
    }
    if (quote != 0)
      return Error(ErrorCode::kInvalid, "'" + std::string(text) + "' has a quote that is not closed");
    words.push_back(std::move(word));
  }
}

}  // namespace holdfast::cli
