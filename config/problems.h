// Collects what is wrong with one configuration, to be shown at once and in the order of the file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"

namespace holdfast::config {

class ProblemList {
 public:
  explicit ProblemList(std::string file) : file_(std::move(file)) {}

  // Line 0 when the problem has no line of its own. The text is made printable: it may quote the file.
  void add(int line, std::string_view text);
  void add(const Location& where, std::string_view text) { add(where.line, text); }

  bool empty() const { return problems_.empty(); }
  const std::string& file() const { return file_; }
  Location at(int line) const { return {file_, line}; }

  // "file:line: text", sorted by line; problems of one line keep the order in which they were found.
  std::vector<std::string> lines() const;

 private:
  struct Problem {
    int line;
    std::string text;
  };

  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace holdfast::config
