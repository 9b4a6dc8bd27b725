#include "metrics/open_metrics.h"

#include <prometheus/metric_family.h>

#include <charconv>
#include <string_view>

namespace holdfast::metrics {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

// The shortest text that reads back as the same number. Bounds of buckets must look like a float ("1.0").
std::string number(double value, bool as_float = false) {
  char text[40];
  const auto [end, problem] = std::to_chars(text, text + sizeof text, value);
  std::string result(text, end);
  if (as_float && result.find_first_of(".en") == std::string::npos) result += ".0";
  return result;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void sample(const std::string& name, const std::vector<prometheus::ClientMetric::Label>& labels,
              const std::string& value, const std::string& bound = "") {
    out_ += name;
    if (!labels.empty() || !bound.empty()) {
      out_ += '{';
      for (const auto& label : labels) {
        if (out_.back() != '{') out_ += ',';
        out_ += label.name + "=\"" + escaped(label.value) + "\"";
      }
      if (!bound.empty()) out_ += std::string(labels.empty() ? "" : ",") + "le=\"" + bound + "\"";
      out_ += '}';
    }
    out_ += ' ' + value + '\n';
  }

  void histogram(const std::string& name, const prometheus::ClientMetric& metric) {
    for (const auto& bucket : metric.histogram.bucket)
      sample(name + "_bucket", metric.label, std::to_string(bucket.cumulative_count),
             number(bucket.upper_bound, true));
    sample(name + "_bucket", metric.label, std::to_string(metric.histogram.sample_count), "+Inf");
    sample(name + "_count", metric.label, std::to_string(metric.histogram.sample_count));
    sample(name + "_sum", metric.label, number(metric.histogram.sample_sum));
  }

 private:
  std::string& out_;
};

}  // namespace

std::string to_open_metrics(const std::vector<prometheus::MetricFamily>& families) {
  std::string out;
  Writer writer(out);
  for (const prometheus::MetricFamily& family : families) {
    const bool is_counter = family.type == prometheus::MetricType::Counter;
    const bool is_histogram = family.type == prometheus::MetricType::Histogram;
    // A family of counters is named without _total, its samples with it.
    std::string name = family.name;
    if (is_counter && name.ends_with("_total")) name.resize(name.size() - std::string_view("_total").size());
    out += "# TYPE " + name + (is_counter ? " counter" : is_histogram ? " histogram" : " gauge") + "\n";
    out += "# HELP " + name + " " + escaped(family.help) + "\n";
    for (const prometheus::ClientMetric& metric : family.metric) {
      if (is_histogram)
        writer.histogram(name, metric);
      else if (is_counter)
        writer.sample(name + "_total", metric.label, number(metric.counter.value));
      else
        writer.sample(name, metric.label, number(metric.gauge.value));
    }
  }
  return out + "# EOF\n";
}

}  // namespace holdfast::metrics
