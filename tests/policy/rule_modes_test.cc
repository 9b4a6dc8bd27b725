// [[environment.<name>.rule]]: blocked commands with a name and a mode of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "policy/policy.h"

namespace holdfast::policy {
namespace {

std::shared_ptr<const Policy> policy_of(const std::string& environment) {
  config::LoadResult loaded = config::load_text("[environment.default]\n" + environment, "h.toml");
  EXPECT_TRUE(loaded.config.has_value()) << ::testing::PrintToString(loaded.problems.lines());
  auto policy = Policy::compile(loaded.config->environments.at(0), loaded.problems);
  EXPECT_NE(policy, nullptr) << ::testing::PrintToString(loaded.problems.lines());
  return policy;
}

Decision decide(const Policy& policy, std::string_view command) {
  return policy.decide(find_command(command)).decision;
}

TEST(RuleModes, OneRuleReportsWhileTheRestIsEnforced) {
  const auto policy = policy_of(
      "[[environment.default.rule]]\nname = 'no reads'\nblock = ['get', '@hash']\nmode = 'audit'\n");
  EXPECT_EQ(decide(*policy, "flushall"), Decision::kRefuse);
  EXPECT_EQ(decide(*policy, "set"), Decision::kAllow);
  const Verdict& verdict = policy->decide(find_command("hget"));
  EXPECT_EQ(verdict.decision, Decision::kObserve);
  EXPECT_EQ(verdict.rule, "no reads");
  EXPECT_EQ(verdict.rule_location, "h.toml:4");
  EXPECT_EQ(verdict.error_reply,
            "-NOPERM holdfast: 'HGET' is blocked in environment 'default' (rule 'no reads')\r\n");
}

TEST(RuleModes, OneRuleIsEnforcedWhileTheRestReports) {
  const auto policy = policy_of(
      "mode = 'audit'\n[[environment.default.rule]]\nname = 'never'\nblock = ['flushall']\nmode = "
      "'enforce'\n");
  EXPECT_EQ(decide(*policy, "flushall"), Decision::kRefuse);
  EXPECT_EQ(policy->decide(find_command("flushall")).rule, "never");
  EXPECT_EQ(decide(*policy, "flushdb"), Decision::kObserve);
}

TEST(RuleModes, WithoutAModeItHasThatOfTheEnvironment) {
  const std::string rule = "[[environment.default.rule]]\nname = 'a'\nblock = ['get']\n";
  EXPECT_EQ(decide(*policy_of(rule), "get"), Decision::kRefuse);
  EXPECT_EQ(decide(*policy_of("mode = 'audit'\n" + rule), "get"), Decision::kObserve);
}

TEST(RuleModes, AllowBeatsThemAndARefusalBeatsAReport) {
  const std::string rules =
      "[[environment.default.rule]]\nname = 'a'\nblock = ['get', 'set']\nmode = 'audit'\n"
      "[[environment.default.rule]]\nname = 'b'\nblock = ['get', 'set']\n";
  const auto policy = policy_of("allow = ['set']\n" + rules);
  EXPECT_EQ(policy->decide(find_command("get")).decision, Decision::kRefuse);
  EXPECT_EQ(policy->decide(find_command("get")).rule, "b");
  EXPECT_EQ(decide(*policy, "set"), Decision::kAllow);
}

TEST(RuleModes, AMistakeIsAtItsPlace) {
  config::LoadResult loaded = config::load_text(
      "[environment.default]\n[[environment.default.rule]]\nname = 'a'\nblock = ['get', 'flushal', 'hgte']\n",
      "h.toml");
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(Policy::compile(loaded.config->environments.at(0), loaded.problems), nullptr);
  EXPECT_THAT(loaded.problems.lines(),
              ::testing::ElementsAre("h.toml:4:17: unknown command 'flushal' in block of rule 'a' of "
                                     "[environment.default]; did you mean 'flushall'?",
                                     "h.toml:4:28: unknown command 'hgte' in block of rule 'a' of "
                                     "[environment.default]; did you mean 'hget'?"));
  EXPECT_THAT(
      config::load_text("[[environment.default.rule]]\nmode = 'audit'\n", "h.toml").problems.lines(),
      ::testing::ElementsAre(
          "h.toml:1:1: [[environment.default.rule]] needs a name; write name = \"no scans\"",
          "h.toml:1:1: [[environment.default.rule]] needs at least one command; write block = [\"keys\"]"));
}

}  // namespace
}  // namespace holdfast::policy
