#include "config/text.h"

#include "base/closest.h"

namespace holdfast::config {
namespace {

constexpr size_t kLongest = 80;  // a message stays one readable line, whatever was typed

std::string in_quotes(std::string_view text, char quote) {
  std::string result(1, quote);
  result += text.substr(0, kLongest);
  if (text.size() > kLongest) result += "...";
  return result += quote;
}

}  // namespace

std::string quote_value(std::string_view text) {
  return in_quotes(text, '"');
}

std::string quote_name(std::string_view name) {
  return in_quotes(name, '\'');
}

std::string one_of(std::span<const std::string_view> words) {
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
    result += quote_value(words[i]);
  }
  return result;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, char quote) {
  const auto best = closest(word, known);
  return best ? "; did you mean " + in_quotes(*best, quote) + "?" : "";
}

}  // namespace holdfast::config
