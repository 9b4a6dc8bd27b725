// Samples of one scrape, gathered by metric and written in the text format of Prometheus (0.0.4)
// or of OpenMetrics.
//
// Made anew for each scrape, by the thread that is scraped. Name, help, type and label names come from
// metric_list.h; this header keeps prometheus-cpp out of everybody else's.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/size_histogram.h"
#include "metrics/histogram_snapshot.h"
#include "metrics/metric_list.h"

namespace holdfast::metrics {

enum class TextFormat { kPrometheus, kOpenMetrics };

class Families {
 public:
  // Values of the metric's labels, in the order of the list.
  using LabelValues = std::initializer_list<std::string_view>;

  Families();
  ~Families();

  // For counters and gauges. The same labels must not be added twice.
  void add(MetricId id, LabelValues labels, double value);
  void add(MetricId id, LabelValues labels, uint64_t value) { add(id, labels, static_cast<double>(value)); }
  void add(MetricId id, LabelValues labels, const HistogramSnapshot& histogram);
  void add(MetricId id, LabelValues labels, const SizeHistogram& histogram);

  // In the order of the list; a metric without samples is left out.
  std::string to_text(TextFormat format) &&;

 private:
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

}  // namespace holdfast::metrics
