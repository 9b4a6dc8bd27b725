// The table of docs/metrics.md, as the list of metrics says it.
#pragma once

#include <string>

#include "metrics/metric_list.h"

namespace holdfast::docs {

inline std::string metric_row(const metrics::MetricInfo& info) {
  std::string labels;
  for (size_t i = 0; i < info.label_count(); ++i)
    labels += (i == 0 ? "`" : ", `") + std::string(info.labels[i]) + "`";
  if (labels.empty()) labels = "none";
  return "| `" + std::string(info.name) + "` | " + std::string(to_string(info.type)) + " | " + labels +
         " | " + std::string(info.help) + " |";
}

}  // namespace holdfast::docs
