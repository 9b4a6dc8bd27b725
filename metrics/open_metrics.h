// The families of one scrape in the text format of OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md). Pure.
#pragma once

#include <string>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace holdfast::metrics {

inline constexpr const char* kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string to_open_metrics(const std::vector<prometheus::MetricFamily>& families);

}  // namespace holdfast::metrics
