// The curated list: every entry is a command, is refused by default and names its rule; docs/policy.md says
// the same.

#include "policy/builtin_block_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/refusal.h"

namespace holdfast::policy {
namespace {

std::shared_ptr<const Policy> default_policy() {
  config::Environment environment;
  environment.name = "default";
  environment.block = {{"@builtin", {}}};
  auto policy = Policy::compile(environment);
  EXPECT_TRUE(policy.ok());
  return policy.value();
}

TEST(BuiltinBlockList, RefusesEveryEntryAndNamesTheRule) {
  auto policy = default_policy();
  for (const BuiltinBlock& entry : builtin_block_list()) {
    CommandId id = find_command(entry.command);
    ASSERT_NE(id, kUnknownCommand) << entry.command;
    const Verdict& verdict = policy->decide(id);
    EXPECT_EQ(verdict.decision, Decision::kRefuse) << entry.command;
    EXPECT_EQ(verdict.rule, "@builtin") << entry.command;
    EXPECT_EQ(verdict.error_reply, "-NOPERM holdfast: '" + display_name(command(id)) +
                                       "' is blocked in environment 'default' (rule '@builtin')\r\n");
  }
}

TEST(BuiltinBlockList, RefusesNothingElse) {
  auto policy = default_policy();
  std::set<std::string_view> listed;
  for (const BuiltinBlock& entry : builtin_block_list()) listed.insert(entry.command);
  for (CommandId id = 1; id < commands().size(); ++id) {
    if (command(id).needs_subcommand()) continue;  // stands for unknown sub-commands
    EXPECT_EQ(policy->decide(id).decision == Decision::kRefuse, listed.contains(command(id).name))
        << command(id).name;
  }
}

TEST(BuiltinBlockList, NamesEachCommandOnceWithAReason) {
  std::set<std::string_view> seen;
  for (const BuiltinBlock& entry : builtin_block_list()) {
    EXPECT_TRUE(seen.insert(entry.command).second) << entry.command;
    EXPECT_FALSE(entry.reason.empty()) << entry.command;
    EXPECT_FALSE(command(find_command(entry.command)).has(kContainer))
        << entry.command << ": name its sub-commands";
  }
}

// What the design promises by name.
TEST(BuiltinBlockList, HasTheOnesThatTheDesignNames) {
  auto policy = default_policy();
  for (const char* name : {"flushall", "keys", "debug", "config|set"}) {
    EXPECT_EQ(policy->decide(find_command(name)).decision, Decision::kRefuse) << name;
  }
}

TEST(BuiltinBlockList, IsTheTableOfTheManual) {
  std::vector<std::string> expected;
  for (const BuiltinBlock& entry : builtin_block_list()) {
    expected.push_back("| `" + display_name(command(find_command(entry.command))) + "` | " +
                       std::string(entry.reason) + " |");
  }
  std::vector<std::string> rows;
  std::ifstream manual(HOLDFAST_SOURCE_DIR "/docs/policy.md");
  bool in_section = false;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("## ")) in_section = line == "## The built-in list";
    if (in_section && line.starts_with("| `")) rows.push_back(line);
  }
  EXPECT_EQ(rows.size(), expected.size());
  for (size_t i = 0; i < std::min(rows.size(), expected.size()); ++i) {
    ASSERT_EQ(rows[i], expected[i]) << "docs/policy.md says otherwise than policy/builtin_block_list.cc";
  }
}

}  // namespace
}  // namespace holdfast::policy
