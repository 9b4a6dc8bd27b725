#include "posture/rules.h"

#include <array>
#include <cstdio>

namespace holdfast::posture {

std::span<const Rule> rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> list;
    for (const auto group : {security_rules(), persistence_rules(), memory_rules(), replication_rules()})
      list.insert(list.end(), group.begin(), group.end());
    return list;
  }();
  return all;
}

const Rule* find_rule(std::string_view name) {
  for (const Rule& rule : rules())
    if (rule.name == name) return &rule;
  return nullptr;
}

std::vector<Finding> judge(const Facts& facts, const Limits& limits) {
  std::vector<Finding> findings;
  for (const Rule& rule : rules()) findings.push_back({&rule, rule.check(facts, limits)});
  return findings;
}

std::string duration_text(int64_t seconds) {
  struct Unit {
    int64_t seconds;
    const char* name;
  };
  constexpr std::array kUnits = {Unit{86'400, "day"}, Unit{3'600, "hour"}, Unit{60, "minute"}};
  for (const Unit& unit : kUnits) {
    const int64_t n = seconds / unit.seconds;
    if (n >= 1) return std::to_string(n) + " " + unit.name + (n == 1 ? "" : "s");
  }
  return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
}

std::string size_text(int64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[48];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

}  // namespace holdfast::posture
