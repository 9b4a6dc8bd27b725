#include "metrics/refusal_counts.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace holdfast::metrics {

std::string_view to_string(RefusalReason reason) {
  // In the order of the enumerators.
  constexpr std::string_view kNames[kRefusalReasons] = {
      "command",  "unknown-command", "login",          "acl",        "script",
      "keyspace", "limit",           "unbounded-read", "key-prefix", "too-large",
      "blocking", "posture",         "journal",        "upstream",   "evictable"};
  return kNames[static_cast<size_t>(reason)];
}

RefusalCount& RefusalCounts::row(std::string_view rule, RefusalReason reason, bool observed) {
  const auto found = std::ranges::find_if(rows_, [&](const RefusalCount& row) {
    return row.reason == reason && row.observed == observed && row.rule == rule;
  });
  if (found != rows_.end()) return *found;
  // Room for the rows of kOtherRule is always left.
  if (rows_.size() >= kRowsMax && rule != kOtherRule) return row(kOtherRule, reason, observed);
  return rows_.emplace_back(RefusalCount{std::string(rule), reason, observed, 0});
}

void RefusalCounts::add(std::string_view rule, RefusalReason reason, bool observed) {
  const std::lock_guard lock(mutex_);
  ++row(rule, reason, observed).count;
}

std::vector<RefusalCount> RefusalCounts::all() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::vector<RefusalCount> merged(const std::vector<std::vector<RefusalCount>>& workers) {
  std::map<std::tuple<std::string, RefusalReason, bool>, uint64_t> sums;
  for (const auto& rows : workers)
    for (const RefusalCount& row : rows) sums[{row.rule, row.reason, row.observed}] += row.count;
  std::vector<RefusalCount> all;
  for (const auto& [row, count] : sums)
    all.push_back({std::get<0>(row), std::get<1>(row), std::get<2>(row), count});
  return all;
}

}  // namespace holdfast::metrics
