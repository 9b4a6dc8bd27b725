#include "config/syntax_error.h"

#include <cstddef>

namespace holdfast::config {
namespace {

struct Plain {
  std::string_view library;  // how the library puts it
  std::string_view person;   // how we put it: what to do
};

constexpr std::string_view kValueNotKnown = "unknown value appeared";

// The mistakes that people make most; everything else is passed on as the library says it.
constexpr Plain kPlain[] = {
    {"an invalid key appeared", "expected a [section] or a line of the form key = value"},
    {kValueNotKnown, "the value is not valid; text needs quotes, as in key = \"text\""},
    {"missing value after key-value separator", "the value after '=' is missing"},
    {"missing key-value separator", "the '=' between key and value is missing"},
    {"the next token is not a valid literal string", "the text is not closed with a '"},
    {"the next token is not a valid string", "the text is not closed with a \", or has an unknown \\ escape"},
    {"missing array separator", "the list is not closed with ']', or a ',' between its values is missing"},
    {"value having invalid format appeared in an array",
     "a value in the list is not valid; text needs quotes"},
    {"invalid format for key", "expected a [section] or a line of the form key = value"},
    {"newline required after", "expected the end of the line after the [section]"},
    {"invalid line format", "there is more on the line than key = value; text needs quotes"},
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

}  // namespace

std::string plain_syntax_message(std::string_view what) {
  std::string_view gist = cut_at(what, "\n");
  if (gist.starts_with("[error] ")) gist.remove_prefix(8);
  if (gist.starts_with("toml::")) {
    const size_t end = gist.find(": ");
    if (end != std::string_view::npos) gist.remove_prefix(end + 2);
  }
  if (std::string twice = written_twice(gist); !twice.empty()) return twice;
  if (gist.empty()) gist = kValueNotKnown;  // what it says about "tru" or "fals"
  for (const Plain& plain : kPlain)
    if (gist.find(plain.library) != std::string_view::npos) return std::string(plain.person);
  if (gist.ends_with('.')) gist.remove_suffix(1);
  return "not valid TOML: " + std::string(gist);
}

}  // namespace holdfast::config
