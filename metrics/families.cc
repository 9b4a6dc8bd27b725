#include "metrics/families.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cassert>
#include <utility>
#include <vector>

#include "metrics/open_metrics.h"

namespace holdfast::metrics {
namespace {

prometheus::MetricType prometheus_type(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

struct Families::Storage {
  std::vector<prometheus::MetricFamily> families;

  prometheus::ClientMetric& new_sample(const MetricInfo& info, LabelValues labels) {
    assert(labels.size() == info.label_count());
    prometheus::ClientMetric& sample = families[static_cast<size_t>(info.id)].metric.emplace_back();
    const auto* value = labels.begin();
    for (size_t i = 0; i < labels.size(); ++i)
      sample.label.push_back({std::string(info.labels[i]), std::string(value[i])});
    return sample;
  }
};

Families::Families() : storage_(std::make_unique<Storage>()) {
  for (const MetricInfo& info : metric_list())
    storage_->families.push_back(
        {std::string(info.name), std::string(info.help), prometheus_type(info.type), {}});
}

Families::~Families() = default;

void Families::add(MetricId id, LabelValues labels, double value) {
  const MetricInfo& info = metric(id);
  assert(info.type != MetricType::kHistogram);
  prometheus::ClientMetric& sample = storage_->new_sample(info, labels);
  if (info.type == MetricType::kCounter)
    sample.counter.value = value;
  else
    sample.gauge.value = value;
}

void Families::add(MetricId id, LabelValues labels, const HistogramSnapshot& histogram) {
  const MetricInfo& info = metric(id);
  assert(info.type == MetricType::kHistogram);
  prometheus::ClientMetric::Histogram& sample = storage_->new_sample(info, labels).histogram;
  sample.sample_count = histogram.count();
  sample.sample_sum = histogram.sum_seconds();
  for (const HistogramSnapshot::Bucket& bucket : histogram.exposed_buckets())
    sample.bucket.push_back({bucket.cumulative_count, bucket.upper_bound_seconds});
}

// Each bucket is read once, so that the count is theirs whatever the writer does meanwhile.
void Families::add(MetricId id, LabelValues labels, const SizeHistogram& histogram) {
  const MetricInfo& info = metric(id);
  assert(info.type == MetricType::kHistogram);
  prometheus::ClientMetric::Histogram& sample = storage_->new_sample(info, labels).histogram;
  uint64_t count = 0;
  for (int i = 0; i < SizeHistogram::kBounds; ++i) {
    count += histogram.bucket_count(i);
    sample.bucket.push_back({count, static_cast<double>(SizeHistogram::bound(i))});
  }
  sample.sample_count = count + histogram.bucket_count(SizeHistogram::kBounds);
  sample.sample_sum = static_cast<double>(histogram.sum());
}

std::string Families::to_text(TextFormat format) && {
  std::erase_if(storage_->families, [](const auto& family) { return family.metric.empty(); });
  if (format == TextFormat::kOpenMetrics) return to_open_metrics(storage_->families);
  return prometheus::TextSerializer().Serialize(storage_->families);
}

}  // namespace holdfast::metrics
