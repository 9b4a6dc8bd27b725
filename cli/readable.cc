#include "cli/readable.h"

#include <algorithm>
#include <cstdio>

namespace holdfast::cli {

std::string readable_ms(int64_t ms) {
  struct Unit {
    int64_t ms;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}, {1, "ms"}};
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    if (ms < kUnits[i].ms) continue;
    std::string text = std::to_string(ms / kUnits[i].ms) + " " + kUnits[i].name;
    const int64_t rest = ms % kUnits[i].ms;
    if (i + 2 < std::size(kUnits) && rest >= kUnits[i + 1].ms)
      text += " " + std::to_string(rest / kUnits[i + 1].ms) + " " + kUnits[i + 1].name;
    return text;
  }
  return "0 ms";
}

std::string plural(uint64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string TextTable::to_string() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<bool> figures(widths.size(), rows_.size() > 1);
  for (size_t r = 1; r < rows_.size(); ++r) {
    for (size_t i = 0; i < rows_[r].size(); ++i)
      if (rows_[r][i].find_first_not_of("0123456789.") != std::string::npos) figures[i] = false;
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      line += (i > 0 ? "  " : "") + (figures[i] ? gap + row[i] : row[i] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace holdfast::cli
