// What several rounds of the same measurement say: the median, and how far they lie apart. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::bench {

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

// Of no values: zeros. Of an even number: the mean of the two in the middle.
Spread spread_of(std::vector<double> values);

// values[i] / reference[i]: rounds are compared with the same round, since a machine drifts between them.
// Where the reference is zero, or one of the two has no such round, there is no ratio.
std::vector<double> ratios(const std::vector<double>& values, const std::vector<double>& reference);

// "1.23" with as many digits after the point as asked for.
std::string number(double value, int digits);
// "1.23 (1.20 to 1.31)", or "1.23" when there was one round.
std::string with_range(const Spread& spread, int digits);
// 1234567 -> "1235k", 12345 -> "12.3k", 999 -> "999".
std::string thousands(double value);

}  // namespace holdfast::bench
