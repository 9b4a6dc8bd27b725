// How this folder writes what a person typed, and lists of words, into a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace holdfast::config {

// "\"text\"", cut when it is long.
std::string quote_value(std::string_view text);

// "'name'": the same for names of keys and sections.
std::string quote_name(std::string_view name);

// "\"a\"", "\"a\" or \"b\"", "\"a\", \"b\" or \"c\""
std::string one_of(std::span<const std::string_view> words);

// "; did you mean 'listen'?" (in the given quotes), or nothing when no word is close.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, char quote);

}  // namespace holdfast::config
