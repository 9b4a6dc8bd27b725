#include "bench/report/table.h"

#include <algorithm>

namespace holdfast::bench {

std::string Table::to_string() const {
  const size_t columns = rows_[0].size();
  std::vector<size_t> widths(columns, 3);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < std::min(columns, row.size()); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t i = 0; i < columns; ++i) {
      const std::string cell = i < rows_[r].size() ? rows_[r][i] : "";
      text += "| " + cell + std::string(widths[i] - cell.size() + 1, ' ');
    }
    text += "|\n";
    if (r > 0) continue;
    for (const size_t width : widths) text += "|" + std::string(width + 2, '-');
    text += "|\n";
  }
  return text;
}

}  // namespace holdfast::bench
