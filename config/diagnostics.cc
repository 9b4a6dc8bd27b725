#include "config/diagnostics.h"

#include <algorithm>
#include <cstddef>

#include "config/readable.h"

namespace holdfast::config {
namespace {

constexpr std::string_view kHidden = "***";
constexpr size_t kLongestLine = 160;  // of the file, as it is shown

std::string_view line_at(std::string_view text, int line) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_word(char c) {
  return c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// How many bytes the thing has that begins at `at`: a text with its quotes, a word, else one.
size_t length_at(std::string_view line, size_t at) {
  if (at >= line.size()) return 1;
  if (line[at] == '"' || line[at] == '\'') {
    size_t end = at + 1;
    while (end < line.size() && line[end] != line[at]) end += line[at] == '"' && line[end] == '\\' ? 2 : 1;
    return std::min(end + 1, line.size()) - at;
  }
  size_t end = at;
  while (end < line.size() && is_word(line[end])) ++end;
  return std::max<size_t>(end - at, 1);
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// What stands under the line: tabs stay tabs, so that the arrow is where it should be.
std::string arrow_under(std::string_view line, size_t at) {
  std::string arrow;
  for (size_t i = 0; i < std::min(at, line.size()); ++i)
    if (!is_continuation(line[i])) arrow += line[i] == '\t' ? '\t' : ' ';
  arrow += '^';
  const size_t length = length_at(line, at);
  for (size_t i = 1; i < length; ++i)
    if (!is_continuation(line[at + i])) arrow += '~';
  return arrow;
}

// A long line is shown from a little before the place on.
std::string shortened(const std::string& line, int& column) {
  if (line.size() <= kLongestLine) return line;
  size_t begin = static_cast<size_t>(column) > kLongestLine / 2 ? static_cast<size_t>(column) - 40 : 0;
  while (begin > 0 && begin < line.size() && is_continuation(line[begin])) --begin;
  size_t end = std::min(begin + kLongestLine, line.size());
  while (end > begin && end < line.size() && is_continuation(line[end])) --end;
  std::string shown = begin > 0 ? "..." : "";
  column -= static_cast<int>(begin) - static_cast<int>(shown.size());
  shown += line.substr(begin, end - begin);
  return end < line.size() ? shown + "..." : shown;
}

std::string drawing_of(const Problem& problem, std::string_view text) {
  int column = problem.at.column;
  const std::string_view written = line_at(text, problem.at.line);
  if (column == 0) column = static_cast<int>(std::min(written.find_first_not_of(" \t"), written.size())) + 1;
  const std::string safe = without_secrets(written, column);
  std::string line = shortened(safe, column);
  const bool is_text = first_unreadable_line(line) == 0;
  for (char& c : line)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F || (!is_text && (c & 0x80) != 0))
      c = '?';
  std::string number = std::to_string(problem.at.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  const std::string margin(number.size(), ' ');
  return number + " | " + line + "\n" + margin + " | " +
         arrow_under(line, static_cast<size_t>(std::max(column, 1)) - 1) + "\n";
}

// Replaces [begin, end) of the line and moves the column with it.
void hide(std::string& line, size_t begin, size_t end, int& column) {
  if (end <= begin || line.substr(begin, end - begin) == kHidden) return;
  line.replace(begin, end - begin, kHidden);
  const auto at = static_cast<size_t>(column);
  if (at > end)
    column = static_cast<int>(at - (end - begin) + kHidden.size());
  else if (at > begin + 1)
    column = static_cast<int>(begin) + 1;
}

// The inside of every text behind the '=' that follows `from`.
void hide_texts(std::string& line, size_t from, int& column) {
  size_t open = line.find_first_of("\"'", std::min(line.find('=', from), line.size()));
  while (open != std::string::npos) {
    const size_t length = length_at(line, open);
    const bool closed = length > 1 && line[open + length - 1] == line[open];
    hide(line, open + 1, open + length - (closed ? 1 : 0), column);
    open = line.find_first_of("\"'", open + length_at(line, open));
  }
}

}  // namespace

std::string without_secrets(std::string_view line, int& column) {
  std::string safe(line);
  // ACL rules: ">password" and "<password", up to the next space or quote.
  for (size_t at = safe.find_first_of("><"); at != std::string::npos; at = safe.find_first_of("><", at + 1)) {
    const bool begins = at > 0 && (safe[at - 1] == ' ' || safe[at - 1] == '"' || safe[at - 1] == '\'');
    if (begins) hide(safe, at + 1, std::min(safe.find_first_of(" \"'", at), safe.size()), column);
  }
  const size_t key_end = std::min(safe.find('='), safe.size());
  const std::string key = safe.substr(0, key_end);
  // Urls, right or wrong: what stands before the last '@', but for the scheme.
  if (const size_t at = safe.rfind('@'); at != std::string::npos && key.find("url") != std::string::npos) {
    size_t begin = std::min(safe.find_first_of("\"'", key_end), at) + 1;
    if (const size_t scheme = safe.find("://", key_end); scheme < at) begin = scheme + 3;
    if (begin < at) hide(safe, begin, at, column);
  }
  if (const size_t at = safe.find("password"); at != std::string::npos && safe.find("password_file") != at)
    hide_texts(safe, at, column);
  return safe;
}

std::string draw(const ProblemList& problems) {
  std::string drawing;
  for (const Problem& problem : problems.sorted()) {
    std::string text = problem.severity == Severity::kError ? "error: " : "warning: ";
    text += problem.text;
    drawing += problems.line_of({problem.severity, problem.at, text}) + "\n";
    if (problem.at.line != 0 && !problems.text().empty()) drawing += drawing_of(problem, problems.text());
  }
  return drawing;
}

std::string count_of(const ProblemList& problems) {
  const auto counted = [](size_t count, const char* word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
  };
  if (problems.warnings() == 0) return counted(problems.errors(), "error");
  if (problems.errors() == 0) return counted(problems.warnings(), "warning");
  return counted(problems.errors(), "error") + " and " + counted(problems.warnings(), "warning");
}

}  // namespace holdfast::config
