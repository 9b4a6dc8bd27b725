// A small strict reader of the text format of Prometheus (0.0.4): what a scraper would take with a shrug is a
// failure here. https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::metrics {

struct Exposition {
  std::map<std::string, double> samples;     // by what stands before the value: `name{label="value"}`
  std::map<std::string, std::string> types;  // by family
  std::map<std::string, std::string> help;   // by family
  std::vector<std::string> problems;         // one sentence each

  bool has(const std::string& series) const { return samples.contains(series); }
  double value(const std::string& series) const;  // fails the test when it is missing
};

Exposition read_exposition(std::string_view text);

}  // namespace holdfast::metrics
