#include "config/statements.h"

#include <algorithm>

namespace holdfast::config {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_word(char c) {
  return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view trimmed(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  return line.substr(begin);
}

// "[server]", "[[environment.a.limit]]": not "[1, 2]" or "['a']", which may be an element of a list.
bool looks_like_section(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('[')) return false;
  line.remove_prefix(line.starts_with("[[") ? 2 : 1);
  line = trimmed(line);
  const bool letter = !line.empty() && is_word(line[0]) && !(line[0] >= '0' && line[0] <= '9');
  return letter && line.find_first_of(",=") == std::string_view::npos;
}

// "key =", "a.b ="
bool looks_like_key(std::string_view line) {
  line = trimmed(line);
  const size_t end = line.find('=');
  if (end == std::string_view::npos || end == 0) return false;
  const std::string_view key = line.substr(0, end);
  return std::ranges::all_of(key, [](char c) { return is_word(c) || c == '.' || c == ' ' || c == '\t'; });
}

// Follows strings and brackets through the lines of one statement.
class Nesting {
 public:
  void read(std::string_view line) {
    for (size_t i = 0; i < line.size();) {
      if (!quote_.empty()) {
        i = in_long_string(line, i);
      } else if (line[i] == '#') {
        return;
      } else if (line[i] == '"' || line[i] == '\'') {
        i = begin_string(line, i);
      } else {
        count(line[i]);
        ++i;
      }
    }
  }
  bool is_open() const { return !quote_.empty() || lists_ > 0; }
  // A new statement cannot begin here: in a long string, or in { }.
  bool must_go_on() const { return !quote_.empty() || tables_ > 0; }

 private:
  void count(char c) {
    if (c == '[') ++lists_;
    if (c == ']' && lists_ > 0) --lists_;
    if (c == '{') ++tables_;
    if (c == '}' && tables_ > 0) --tables_;
  }

  size_t begin_string(std::string_view line, size_t at) {
    const char quote = line[at];
    if (line.substr(at, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''")) {
      quote_ = quote == '"' ? "\"\"\"" : "'''";
      return at + 3;
    }
    size_t end = at + 1;
    while (end < line.size() && line[end] != quote) end += quote == '"' && line[end] == '\\' ? 2 : 1;
    return end + 1;
  }

  size_t in_long_string(std::string_view line, size_t at) {
    if (quote_ == "\"\"\"" && line[at] == '\\') return at + 2;
    if (line.substr(at, 3) != quote_) return at + 1;
    quote_ = {};
    return at + 3;
  }

  std::string_view quote_;  // of the long string that is open
  int lists_ = 0, tables_ = 0;
};

}  // namespace

std::vector<Statement> statements(std::string_view text) {
  std::vector<Statement> all;
  Nesting nesting;
  bool open = false;
  int line_number = 0;
  for (size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    ++line_number;
    if (open && !nesting.must_go_on() && (looks_like_section(line) || looks_like_key(line))) open = false;
    const std::string_view content = trimmed(line);
    if (!open && !content.empty() && content[0] != '#') {
      nesting = Nesting();
      all.push_back({line_number, line_number, at, end, content[0] == '['});
      if (!all.back().is_section) nesting.read(line);
      open = nesting.is_open();
    } else if (open) {
      all.back().last_line = line_number;
      all.back().end = end;
      nesting.read(line);
      open = nesting.is_open();
    }
    at = end + 1;
  }
  return all;
}

}  // namespace holdfast::config
