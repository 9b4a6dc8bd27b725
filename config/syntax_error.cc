#include "config/syntax_error.h"

#include <algorithm>
#include <charconv>
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

// " 3 | c=3" and below it "   | ^---": the last such pair of the drawing.
Position last_arrow(std::string_view drawing) {
  Position place;
  int line = 0;
  while (!drawing.empty()) {
    const std::string_view row = cut_at(drawing, "\n");
    drawing.remove_prefix(std::min(row.size() + 1, drawing.size()));
    const size_t bar = row.find(" | ");
    if (bar == std::string_view::npos) continue;
    const std::string_view margin = row.substr(0, bar);
    const size_t number = margin.find_first_not_of(' ');
    if (number != std::string_view::npos) {
      if (std::from_chars(margin.data() + number, margin.data() + margin.size(), line).ec != std::errc())
        line = 0;
    } else if (const size_t arrow = row.find_first_of("^~", bar);
               arrow != std::string_view::npos && line > 0) {
      place = {line, static_cast<int>(arrow - bar - 3) + 1};
    }
  }
  return place;
}

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

}  // namespace

SyntaxProblem plain_syntax_problem(std::string_view what, int line) {
  const Position arrow = last_arrow(what);
  return {arrow.line != 0 ? arrow : Position(line), plain_syntax_message(what)};
}

}  // namespace holdfast::config
