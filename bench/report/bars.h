// The bars that Holdfast is held to, beside what was measured. Pure.
#pragma once

#include <string>

#include "bench/report/spread.h"
#include "bench/report/table.h"

namespace holdfast::bench {

class Bars {
 public:
  enum class Kind { kAtMost, kAtLeast };

  // The median counts.
  void add(const std::string& what, const Spread& measured, Kind kind, double bar, int digits = 2);
  std::string to_string() const { return table_.to_string(); }

 private:
  Table table_{{"bar", "measured", "wanted", "met"}};
};

}  // namespace holdfast::bench
