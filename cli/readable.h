// Figures and tables for people, beside those of base/readable.h. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/readable.h"

namespace holdfast::cli {

std::string readable_ms(int64_t ms);                         // "3 d 4 h", "12 min 5 s", "480 ms"
std::string plural(uint64_t count, const std::string& one);  // "1 group", "2 groups"

// Columns as wide as they need to be; figures stand on the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string to_string() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace holdfast::cli
