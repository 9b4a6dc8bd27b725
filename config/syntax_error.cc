#include "config/syntax_error.h"

#include <cstddef>

namespace holdfast::config {
namespace {

struct Plain {
  std::string_view library;  // how the library puts it
  std::string_view person;   // how we put it: what to do
};

// The mistakes that people make most; everything else is passed on as the library says it.
constexpr Plain kPlain[] = {
    {"an invalid key appeared", "expected a [section] or a line of the form key = value"},
    {"unknown value appeared", "the value is not valid; text needs quotes, as in key = \"text\""},
    {"missing value after key-value separator", "the value after '=' is missing"},
    {"missing key-value separator", "the '=' between key and value is missing"},
    {"the next token is not a valid literal string", "the text is not closed with a '"},
    {"the next token is not a valid string", "the text is not closed with a \", or has an unknown \\ escape"},
    {"missing array separator", "the list is not closed with ']', or a ',' between its values is missing"},
    {"invalid line format", "there is more on the line than key = value"},
};

std::string_view cut_at(std::string_view text, std::string_view mark) {
  return text.substr(0, text.find(mark));
}

// value ("workers") already exists -> 'workers' is written twice
std::string written_twice(std::string_view gist) {
  constexpr std::string_view kOpen = "(\"", kClose = "\") already exists";
  const size_t open = gist.find(kOpen), close = gist.find(kClose);
  if (open == std::string_view::npos || close == std::string_view::npos) return "";
  const size_t begin = open + kOpen.size();
  return "'" + std::string(gist.substr(begin, close - begin)) + "' is written twice; keep one of them";
}

// Length of the UTF-8 sequence that `lead` begins, 0 when it cannot begin one.
size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

}  // namespace

std::string plain_syntax_message(std::string_view what) {
  std::string_view gist = cut_at(what, "\n");
  if (gist.starts_with("[error] ")) gist.remove_prefix(8);
  if (gist.starts_with("toml::")) {
    const size_t end = gist.find(": ");
    if (end != std::string_view::npos) gist.remove_prefix(end + 2);
  }
  if (std::string twice = written_twice(gist); !twice.empty()) return twice;
  for (const Plain& plain : kPlain)
    if (gist.find(plain.library) != std::string_view::npos) return std::string(plain.person);
  return "not valid TOML: " + std::string(gist);
}

int first_unreadable_line(std::string_view text) {
  int line = 1;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = sequence_length(lead);
    if (lead == 0 || length == 0 || length > text.size() - i) return line;
    for (size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return line;
    if (lead == '\n') ++line;
    i += length;
  }
  return 0;
}

}  // namespace holdfast::config
