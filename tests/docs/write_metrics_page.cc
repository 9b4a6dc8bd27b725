// Reads docs/metrics.md and prints it with its table as the list of metrics says it; ./dev docs puts it into
// its place.
#include <iostream>
#include <string>

#include "tests/docs/metric_rows.h"

int main() {
  bool has_table = false;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("| `")) continue;  // a row of before
    std::cout << line << "\n";
    if (!line.starts_with("|---")) continue;
    has_table = true;
    for (const auto& info : holdfast::metrics::metric_list())
      std::cout << holdfast::docs::metric_row(info) << "\n";
  }
  return has_table && std::cout.flush() ? 0 : 1;
}
