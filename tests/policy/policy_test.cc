// The exact bytes of the replies, and what no name and no configuration may do to them.

#include "policy/policy.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::policy {
namespace {

config::Environment environment_with(std::vector<config::Located<std::string>> block) {
  config::Environment environment;
  environment.name = "default";
  environment.block = std::move(block);
  return environment;
}

std::shared_ptr<const Policy> compile(const config::Environment& environment) {
  auto policy = Policy::compile(environment);
  EXPECT_TRUE(policy.ok()) << policy.error().message();
  return policy.value();
}

// A simple error reply is one line; a second one would be taken for the reply to the next request.
void expect_one_line(std::string_view reply) {
  EXPECT_EQ(reply.front(), '-');
  EXPECT_EQ(reply.find("\r\n"), reply.size() - 2);
  for (char c : reply.substr(0, reply.size() - 2)) EXPECT_TRUE(c >= ' ' && c <= '~') << reply;
}

TEST(PolicyReply, NamesTheCommandTheEnvironmentAndTheRule) {
  auto policy = compile(environment_with({{"@builtin", {"holdfast.toml", 12}}}));
  const Verdict& verdict = policy->decide(find_command("flushall", ""));
  EXPECT_EQ(verdict.decision, Decision::kRefuse);
  EXPECT_EQ(verdict.error_reply,
            "-NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')\r\n");
  EXPECT_EQ(verdict.rule, "@builtin");
  EXPECT_EQ(verdict.rule_location, "holdfast.toml:12");
}

TEST(PolicyReply, WritesASubcommandWithASpace) {
  auto policy = compile(environment_with({{"config|set", {}}}));
  EXPECT_EQ(policy->decide(find_command("CONFIG", "set")).error_reply,
            "-NOPERM holdfast: 'CONFIG SET' is blocked in environment 'default' (rule 'config|set')\r\n");
}

TEST(PolicyReply, SaysTheDefaultsWhenNoFileHasTheRule) {
  auto policy = compile(environment_with({{"@builtin", {}}}));
  EXPECT_EQ(policy->decide(find_command("keys", "")).rule_location, "the defaults");
  EXPECT_EQ(policy->decide(kUnknownCommand).rule_location, "the defaults");
}

TEST(PolicyReply, NamesAnUnknownCommand) {
  auto policy = compile(environment_with({}));
  EXPECT_EQ(policy->unknown_command_reply("foo"),
            "-NOPERM holdfast: unknown command 'foo' is blocked in environment 'default' (rule "
            "'unknown_commands')\r\n");
  EXPECT_EQ(policy->decide(kUnknownCommand).error_reply,
            "-NOPERM holdfast: an unknown command is blocked in environment 'default' (rule "
            "'unknown_commands')\r\n");
}

TEST(PolicyReply, NamesTheContainerOfAnUnknownSubcommand) {
  auto policy = compile(environment_with({}));
  EXPECT_EQ(policy->decide(find_command("client", "nosuch")).error_reply,
            "-NOPERM holdfast: unknown sub-command of 'CLIENT' is blocked in environment 'default' "
            "(rule 'unknown_commands')\r\n");
}

TEST(PolicyReply, AuditKeepsTheReplyThatItWouldHaveSent) {
  auto environment = environment_with({{"@builtin", {}}});
  environment.mode = config::Mode::kAudit;
  auto policy = compile(environment);
  const Verdict& verdict = policy->decide(find_command("flushall", ""));
  EXPECT_EQ(verdict.decision, Decision::kObserve);
  EXPECT_EQ(verdict.error_reply,
            "-NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')\r\n");
}

TEST(PolicyReply, ACommandNameCannotForgeASecondReply) {
  auto policy = compile(environment_with({}));
  std::string reply = policy->unknown_command_reply("x\r\n+OK\r\n");
  expect_one_line(reply);
  // "??'" in one literal would be a trigraph.
  EXPECT_NE(reply.find("'x?"
                       "?+OK?"
                       "?'"),
            std::string::npos)
      << reply;
}

TEST(PolicyReply, EveryByteOfACommandNameIsHarmless) {
  auto policy = compile(environment_with({}));
  for (int byte = 0; byte < 256; ++byte) {
    expect_one_line(policy->unknown_command_reply(std::string(1, static_cast<char>(byte))));
  }
}

TEST(PolicyReply, ALongCommandNameIsCut) {
  auto policy = compile(environment_with({}));
  std::string reply = policy->unknown_command_reply(std::string(1'000'000, 'x'));
  EXPECT_NE(reply.find("'" + std::string(64, 'x') + "'"), std::string::npos) << reply.substr(0, 300);
  expect_one_line(reply);
}

TEST(PolicyReply, AnEmptyCommandNameIsAReplyToo) {
  auto policy = compile(environment_with({}));
  expect_one_line(policy->unknown_command_reply(""));
}

// A quoted key of TOML may hold any character, and so may an entry that is written with spaces.
TEST(PolicyReply, AnEnvironmentNameCannotForgeASecondReply) {
  auto environment = environment_with({{"@builtin", {}}});
  environment.name = "a\r\n+OK\r\n";
  auto policy = compile(environment);
  expect_one_line(policy->decide(find_command("flushall", "")).error_reply);
  expect_one_line(policy->unknown_command_reply("foo"));
}

TEST(Policy, HasAVerdictForEveryCommandWhoseViewsOutliveTheConfiguration) {
  std::shared_ptr<const Policy> policy;
  {
    auto environment = environment_with({{"@all", {"holdfast.toml", 3}}});
    policy = compile(environment);
    environment.block[0].value = "overwritten";
    environment.name = "overwritten";
  }
  EXPECT_EQ(policy->environment(), "default");
  for (CommandId id = 0; id < commands().size(); ++id) {
    const Verdict& verdict = policy->decide(id);
    EXPECT_EQ(verdict.decision, Decision::kRefuse) << command(id).name;
    expect_one_line(verdict.error_reply);
  }
}

TEST(Policy, AnEntryThatIsNotPrintableIsReportedInOneLine) {
  auto policy = Policy::compile(environment_with({{std::string("a\nb\0c", 5), {"holdfast.toml", 7}}}));
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error().message(),
            "holdfast.toml:7: unknown command 'a?b?c' in block of [environment.default]; commands of modules "
            "cannot be named in this version");
}

}  // namespace
}  // namespace holdfast::policy
