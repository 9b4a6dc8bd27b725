// The list itself keeps the conventions, and docs/metrics.md says what the list says.
#include "metrics/metric_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/docs/metric_rows.h"
#include "tests/support/temp_dir.h"

namespace holdfast::metrics {
namespace {

TEST(MetricList, KeepsTheConventions) {
  std::set<std::string_view> names;
  for (const MetricInfo& info : metric_list()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " is there twice";
    EXPECT_TRUE(info.name.starts_with("holdfast_") || info.name.starts_with("process_")) << info.name;
    EXPECT_EQ(info.name.ends_with("_total"), info.type == MetricType::kCounter) << info.name;
    EXPECT_TRUE(info.type != MetricType::kHistogram || info.name.ends_with("_seconds") ||
                info.name.ends_with("_bytes"))
        << info.name;
    EXPECT_TRUE(info.help.ends_with('.')) << info.name << ": one whole sentence";
    EXPECT_EQ(info.help.find('|'), std::string_view::npos)
        << info.name << ": would break the table of the docs";
    EXPECT_EQ(metric(info.id).name, info.name);
  }
}

TEST(MetricList, DocsHaveARowForEachAndNoOther) {
  std::istringstream page(
      holdfast::testing::read_file(std::string(HOLDFAST_SOURCE_DIR) + "/docs/metrics.md"));
  std::vector<std::string> rows;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `")) rows.push_back(line);
  std::vector<std::string> expected;
  for (const MetricInfo& info : metric_list()) expected.push_back(docs::metric_row(info));
  std::string all;
  for (const std::string& row : expected) all += row + "\n";
  EXPECT_THAT(rows, ::testing::ElementsAreArray(expected)) << "./dev docs writes these rows:\n" << all;
}

}  // namespace
}  // namespace holdfast::metrics
