// The checker itself: a check that lets everything pass proves nothing.
#include "tests/metrics/exposition_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::metrics {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kGood =
    "# HELP a_total What it is.\n# TYPE a_total counter\na_total{x=\"1\"} 2\na_total{x=\"2\"} 3\n"
    "# HELP h_seconds What.\n# TYPE h_seconds histogram\n"
    "h_seconds_count{e=\"p\"} 3\nh_seconds_sum{e=\"p\"} 0.5\n"
    "h_seconds_bucket{e=\"p\",le=\"0.1\"} 1\nh_seconds_bucket{e=\"p\",le=\"+Inf\"} 3\n";

TEST(ExpositionChecker, ReadsWhatIsRight) {
  const Exposition read = read_exposition(kGood);
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.value("a_total{x=\"2\"}"), 3);
  EXPECT_EQ(read.types.at("h_seconds"), "histogram");
}

TEST(ExpositionChecker, FindsEachFault) {
  const struct {
    const char* text;
    const char* problem;
  } kCases[] = {
      {"a_total 1\n", "before its HELP"},
      {"# HELP a_total x\n# TYPE a_total counter\na_total 1", "no end"},
      {"# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total 1\n", "a duplicate"},
      {"# HELP a x\n# TYPE a counter\na 1\n", "does not end in _total"},
      {"# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "_total on what is no counter"},
      {"# HELP a_total x\n# TYPE a_total counter\n", "no samples"},
      {"# HELP a x\n# TYPE b gauge\nb 1\n", "TYPE does not follow"},
      {"# HELP a x\n# TYPE a gauge\nb 1\n", "another family"},
      {"# HELP a x\n# TYPE a gauge\na one\n", "not a number"},
      {"# HELP a x\n# TYPE a gauge\na{x=1} 1\n", "not a line"},
      {"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n", "no +Inf"},
      {"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n", "not the count"},
      {"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n", "no sum"},
      {"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
       "counts do not grow"},
      {"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
       "bounds do not grow"},
  };
  for (const auto& test : kCases)
    EXPECT_THAT(read_exposition(test.text).problems, Contains(HasSubstr(test.problem))) << test.text;
}

}  // namespace
}  // namespace holdfast::metrics
