#include "bench/report/instruction_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::bench {
namespace {

const Instructions kBaseline = {{"pipelines-of-16", 500}, {"unpipelined", 1000}};
constexpr std::string_view kChangelog = "### Speed\n- Per SET: pipelines-of-16 500, unpipelined 1000.\n";

TEST(InstructionBaseline, ComesBackAsItWasWritten) {
  EXPECT_EQ(parse_baseline(format_baseline(kBaseline)), kBaseline);
}

TEST(InstructionBaseline, GrowthOfFivePercentPasses) {
  EXPECT_TRUE(check_growth({{"pipelines-of-16", 525}, {"unpipelined", 1050}}, kBaseline, kChangelog).ok());
}

TEST(InstructionBaseline, MoreGrowthIsRefusedAndNamed) {
  const Status status =
      check_growth({{"pipelines-of-16", 500}, {"unpipelined", 1051}}, kBaseline, kChangelog);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), testing::HasSubstr("unpipelined: 1051"));
}

TEST(InstructionBaseline, NewCaseNeedsAFigure) {
  const Status status = check_growth({{"durable", 1}}, kBaseline, kChangelog);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), testing::HasSubstr("--accept"));
}

// Raised with --accept, but in silence.
TEST(InstructionBaseline, ChangelogHasToNameTheBaseline) {
  const Instructions raised = {{"pipelines-of-16", 500}, {"unpipelined", 2000}};
  const Status status = check_growth(raised, raised, kChangelog);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), testing::HasSubstr("pipelines-of-16 500, unpipelined 2000"));
}

}  // namespace
}  // namespace holdfast::bench
