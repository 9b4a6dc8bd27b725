// Collects what is wrong with one configuration, to be shown at once and in the order of the file.
//
// The loader fills it; what is checked later (policy, certificates) adds to the same list, so that a person
// sees everything at once. diagnostics.h draws it. Main thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"

namespace holdfast::config {

// A place in the file of a list; line 0: none, column 0: somewhere in that line.
struct Position {
  int line = 0;
  int column = 0;  // bytes, 1 = the first

  Position(int at_line = 0, int at_column = 0) : line(at_line), column(at_column) {}  // NOLINT
};

enum class Severity { kWarning, kError };

struct Problem {
  Severity severity = Severity::kError;
  Position at;
  std::string text;  // one line: what is wrong and what to do
};

class ProblemList {
 public:
  explicit ProblemList(std::string file = "") : file_(std::move(file)) {}

  // The text is made printable: it may quote the file.
  void add(Position at, std::string_view text) { add(Severity::kError, at, text); }
  void add(const Location& where, std::string_view text);
  // Legal, but hardly meant, or dangerous.
  void warn(Position at, std::string_view text) { add(Severity::kWarning, at, text); }
  void warn(const Location& where, std::string_view text) { warn(Position(where.line, where.column), text); }
  void add(Severity severity, Position at, std::string_view text);
  // All of another list of the same file.
  void add(const ProblemList& other);

  // No errors; warnings do not count.
  bool empty() const { return errors() == 0; }
  size_t errors() const;
  size_t warnings() const { return problems_.size() - errors(); }
  const std::string& file() const { return file_; }
  Location at(Position position) const { return {file_, position.line, position.column}; }

  // The same list without its warnings.
  ProblemList only_errors() const;

  // In the order of the file; problems of one place keep the order in which they were found.
  std::vector<Problem> sorted() const;
  // "file:line:column: text" of each error, for logs and tests.
  std::vector<std::string> lines() const;
  // The same for one problem.
  std::string line_of(const Problem& problem) const;

  // The text of the file, for drawings.
  void set_text(std::string text) { text_ = std::move(text); }
  const std::string& text() const { return text_; }

 private:
  std::string file_;
  std::string text_;
  std::vector<Problem> problems_;
};

}  // namespace holdfast::config
