#include "bench/report/bars.h"

namespace holdfast::bench {

void Bars::add(const std::string& what, const Spread& measured, Kind kind, double bar, int digits) {
  const bool is_met = kind == Kind::kAtMost ? measured.median <= bar : measured.median >= bar;
  const std::string wanted = (kind == Kind::kAtMost ? "at most " : "at least ") + number(bar, digits);
  table_.add({what, with_range(measured, digits), wanted, is_met ? "yes" : "**no**"});
}

}  // namespace holdfast::bench
