#include "bench/report/spread.h"

#include <algorithm>
#include <cstdio>

namespace holdfast::bench {

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const bool is_odd = values.size() % 2 == 1;
  const double median = is_odd ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

std::vector<double> ratios(const std::vector<double>& values, const std::vector<double>& reference) {
  std::vector<double> result;
  for (size_t i = 0; i < std::min(values.size(), reference.size()); ++i) {
    if (reference[i] != 0) result.push_back(values[i] / reference[i]);
  }
  return result;
}

std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string with_range(const Spread& spread, int digits) {
  const std::string median = number(spread.median, digits);
  if (spread.min == spread.max) return median;
  return median + " (" + number(spread.min, digits) + " to " + number(spread.max, digits) + ")";
}

std::string thousands(double value) {
  if (value < 1000) return number(value, 0);
  return number(value / 1000, value < 100'000 ? 1 : 0) + "k";
}

}  // namespace holdfast::bench
