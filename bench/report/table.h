// A table in Markdown, readable as plain text too. Pure.
#pragma once

#include <string>
#include <vector>

namespace holdfast::bench {

class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}

  // A row that is shorter than the header is filled up with empty cells.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string to_string() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace holdfast::bench
