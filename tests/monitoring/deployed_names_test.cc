// What deploy/ says about metrics is about metrics that exist: the dashboard for Grafana and the rules for
// Prometheus, against the one list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "metrics/metric_list.h"
#include "tests/support/temp_dir.h"

namespace holdfast::metrics {
namespace {

using holdfast::testing::read_file;
using nlohmann::json;

constexpr const char* kDeploy = HOLDFAST_SOURCE_DIR "/deploy/";

std::string rules() {
  return read_file(std::string(kDeploy) + "prometheus/holdfast.rules.yml");
}

// Names of time series in a text, with what records them: "holdfast_clients",
// "environment:holdfast_refused:rate5m".
std::set<std::string> names_in(const std::string& text) {
  static const std::regex kName("\\b([a-z]+:)?(holdfast|process)_[a-z0-9_]+(:[a-z0-9_]+)?");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), kName), end; at != end; ++at)
    names.insert(at->str());
  return names;
}

// The family of a series, or nullptr: the series of a histogram have names of their own.
const MetricInfo* family_of(const std::string& series) {
  for (const MetricInfo& info : metric_list()) {
    if (info.type != MetricType::kHistogram && series == info.name) return &info;
    if (info.type != MetricType::kHistogram) continue;
    for (const char* part : {"_bucket", "_sum", "_count"})
      if (series == std::string(info.name) + part) return &info;
  }
  return nullptr;
}

void expect_known(const std::set<std::string>& names) {
  const std::string recorded = rules();
  for (const std::string& name : names) {
    if (name.find(':') != std::string::npos)
      EXPECT_NE(recorded.find("record: " + name + "\n"), std::string::npos)
          << name << " is recorded by no rule";
    else
      EXPECT_NE(family_of(name), nullptr) << name << " is no metric of Holdfast";
  }
}

// The labels by which an expression picks or groups are those that the family has, or Prometheus's own.
void expect_labels(const std::string& expression) {
  static const std::regex kSelector("((?:holdfast|process)_[a-z0-9_]+)\\{([^}]*)\\}");
  static const std::regex kLabel("([a-z_]+)\\s*(=~|!=|!~|=)");
  for (std::sregex_iterator at(expression.begin(), expression.end(), kSelector), end; at != end; ++at) {
    const MetricInfo* info = family_of((*at)[1]);
    if (info == nullptr) continue;  // said by expect_known()
    const std::string labels = (*at)[2];
    for (std::sregex_iterator one(labels.begin(), labels.end(), kLabel); one != end; ++one) {
      const std::string label = (*one)[1];
      const bool known = label == "instance" || label == "job" || label == "le" ||
                         std::ranges::find(info->labels, label) != info->labels.end();
      EXPECT_TRUE(known) << info->name << " has no label " << label << ": " << expression;
    }
  }
}

void collect_expressions(const json& node, std::vector<std::string>& expressions) {
  if (node.is_array())
    for (const json& element : node) collect_expressions(element, expressions);
  if (!node.is_object()) return;
  for (const auto& [key, value] : node.items()) {
    if ((key == "expr" || key == "definition") && value.is_string()) expressions.push_back(value);
    collect_expressions(value, expressions);
  }
}

TEST(DeployedNames, TheAlertsAreAboutMetricsThatExist) {
  const std::set<std::string> names = names_in(rules());
  EXPECT_GE(names.size(), 15u);
  expect_known(names);
  expect_labels(rules());
}

TEST(DeployedNames, TheDashboardForGrafanaIsAboutMetricsThatExist) {
  const std::string text = read_file(std::string(kDeploy) + "grafana/holdfast.json");
  const json dashboard = json::parse(text);
  std::vector<std::string> expressions;
  collect_expressions(dashboard, expressions);
  EXPECT_GE(expressions.size(), 30u);
  std::set<std::string> names;
  for (const std::string& expression : expressions) {
    names.merge(names_in(expression));
    expect_labels(expression);
  }
  EXPECT_GE(names.size(), 35u);
  expect_known(names);
  // Where it says that it gets its data, and that no two panels are the same one.
  std::set<int> ids;
  for (const json& panel : dashboard["panels"]) {
    EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second) << panel["title"];
    if (panel["type"] == "row") continue;
    EXPECT_EQ(panel["datasource"]["uid"], "${datasource}") << panel["title"];
    EXPECT_FALSE(panel["targets"].empty()) << panel["title"];
    EXPECT_FALSE(panel["description"].get<std::string>().empty()) << panel["title"];
  }
}

TEST(DeployedNames, ANameThatDoesNotExistWouldBeSeen) {
  EXPECT_EQ(family_of("holdfast_request_duration_seconds"), nullptr);
  EXPECT_NE(family_of("holdfast_request_duration_seconds_bucket"), nullptr);
  EXPECT_EQ(family_of("holdfast_clients_total"), nullptr);
  EXPECT_EQ(names_in("rate(holdfast_a_total{x=\"y\"}[5m]) / upstream:holdfast_b:p99"),
            (std::set<std::string>{"holdfast_a_total", "upstream:holdfast_b:p99"}));
}

}  // namespace
}  // namespace holdfast::metrics
