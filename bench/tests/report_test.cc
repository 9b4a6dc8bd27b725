// The maths and the shape of results.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/report/bars.h"
#include "bench/report/results_file.h"
#include "bench/report/spread.h"
#include "bench/report/table.h"

namespace holdfast::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Spread, MedianOfAnOddAndAnEvenNumberOfRounds) {
  EXPECT_EQ(spread_of({3, 1, 2}).median, 2);
  EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(spread_of({3, 1, 2}).min, 1);
  EXPECT_EQ(spread_of({3, 1, 2}).max, 3);
  EXPECT_EQ(spread_of({}).median, 0);
}

TEST(Spread, RatiosAreOfTheSameRound) {
  EXPECT_THAT(ratios({2, 9}, {1, 3}), ElementsAre(2, 3));
}

TEST(Spread, ARoundWithoutItsReferenceHasNoRatio) {
  EXPECT_THAT(ratios({2, 9, 5}, {1, 0}), ElementsAre(2));
}

TEST(Spread, IsWrittenWithItsRange) {
  EXPECT_EQ(with_range({1.234, 1.2, 1.26}, 2), "1.23 (1.20 to 1.26)");
  EXPECT_EQ(with_range({1, 1, 1}, 1), "1.0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(12'345), "12.3k");
  EXPECT_EQ(thousands(123'456), "123k");
}

TEST(Bars, SayWhetherTheyAreMet) {
  Bars bars;
  bars.add("cost", {1.1, 1.0, 1.3}, Bars::Kind::kAtMost, 1.15);
  bars.add("speed", {0.9, 0.8, 1.3}, Bars::Kind::kAtLeast, 1);
  EXPECT_THAT(bars.to_string(), HasSubstr("| cost  | 1.10 (1.00 to 1.30) | at most 1.15  | yes    |"));
  EXPECT_THAT(bars.to_string(), HasSubstr("| speed | 0.90 (0.80 to 1.30) | at least 1.00 | **no** |"));
}

TEST(Table, FillsShortRowsUp) {
  Table table({"name", "value"});
  table.add({"a"});
  EXPECT_EQ(table.to_string(), "| name | value |\n|------|-------|\n| a    |       |\n");
}

TEST(ResultsFile, OneScenarioReplacesItsSectionOnly) {
  const std::string page = to_page("# Head", {{"one", "first"}, {"two", "second\n\n### part\n\nof two"}});
  const auto merged = merge_sections(parse_sections(page), {{"two", "new"}}, {"one", "two"});
  EXPECT_EQ(to_page("# Head", merged), "# Head\n\n## one\n\nfirst\n\n## two\n\nnew\n");
}

TEST(ResultsFile, ANewSectionTakesItsPlaceInTheOrder) {
  const auto merged = merge_sections({{"one", "1"}, {"three", "3"}}, {{"two", "2"}}, {"one", "two", "three"});
  EXPECT_EQ(to_page("#", merged), "#\n\n## one\n\n1\n\n## two\n\n2\n\n## three\n\n3\n");
}

TEST(ResultsFile, SurvivesBeingWrittenAndReadAgain) {
  const std::string page = to_page("# Head", {{"one", "a\n\nb"}});
  EXPECT_EQ(to_page("# Head", parse_sections(page)), page);
}

}  // namespace
}  // namespace holdfast::bench
