// Golden test of the policy: every golden/*.policy file is an environment and a table of what it must decide.
// The format is in golden/README.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace holdfast::policy {
namespace {

struct Expectation {
  int line = 0;
  std::string verdict;  // allow, refuse, observe
  std::string name, subcommand;
  std::string rule;  // empty for allow
};

struct GoldenFile {
  config::Environment environment;
  std::vector<Expectation> expectations;
  std::string error;
  std::map<std::string, std::string> rule_locations;  // of block, by text; the first of equal ones
};

std::string take_word(std::string& line) {
  size_t end = line.find(' ');
  std::string word = line.substr(0, end);
  line = end == std::string::npos ? "" : line.substr(line.find_first_not_of(' ', end));
  return word;
}

Expectation read_expectation(std::string line, int number) {
  Expectation expectation;
  expectation.line = number;
  expectation.verdict = take_word(line);
  if (size_t by = line.find(" by "); by != std::string::npos) {
    expectation.rule = line.substr(by + 4);
    line.resize(by);
  }
  expectation.name = take_word(line);
  expectation.subcommand = line;
  return expectation;
}

GoldenFile read_golden(const std::filesystem::path& path) {
  GoldenFile golden;
  golden.environment.name = "default";
  golden.environment.where = {path.filename(), 1};
  golden.rule_locations["unknown_commands"] = golden.environment.where.to_string();
  std::ifstream file(path);
  std::string line;
  bool in_verdicts = false;
  for (int number = 1; std::getline(file, line); ++number) {
    config::Location where{path.filename(), number};
    if (line.empty() || line.starts_with('#')) continue;
    if (line == "verdicts:") {
      in_verdicts = true;
      continue;
    }
    if (in_verdicts) {
      golden.expectations.push_back(read_expectation(line, number));
      continue;
    }
    std::string key = take_word(line);
    if (key == "block") {
      golden.environment.block.push_back({line, where});
      golden.rule_locations.emplace(line, where.to_string());
    } else if (key == "allow") {
      golden.environment.allow.push_back({line, where});
    } else if (key == "environment") {
      golden.environment.name = line;
    } else if (key == "mode" && line == "audit") {
      golden.environment.mode = config::Mode::kAudit;
    } else if (key == "unknown_commands" && line == "allow") {
      golden.environment.unknown_commands = config::UnknownCommands::kAllow;
    } else if (key == "error:") {
      golden.error = line;
    } else {
      ADD_FAILURE() << where.to_string() << ": what is '" << key << "'?";
    }
  }
  return golden;
}

std::string to_word(Decision decision) {
  switch (decision) {
    case Decision::kAllow:
      return "allow";
    case Decision::kRefuse:
      return "refuse";
    case Decision::kObserve:
      return "observe";
  }
  return "?";
}

void check(const Policy& policy, const GoldenFile& golden, const Expectation& expected) {
  SCOPED_TRACE("line " + std::to_string(expected.line) + ": " + expected.name + " " + expected.subcommand);
  const Verdict& verdict = policy.decide(find_command(expected.name, expected.subcommand));
  EXPECT_EQ(to_word(verdict.decision), expected.verdict);
  EXPECT_EQ(verdict.rule, expected.rule);
  if (verdict.decision == Decision::kAllow) {
    EXPECT_EQ(verdict.error_reply, "");
    EXPECT_EQ(verdict.rule_location, "");
  } else {
    EXPECT_TRUE(verdict.error_reply.starts_with("-NOPERM holdfast: ")) << verdict.error_reply;
    EXPECT_TRUE(verdict.error_reply.ends_with("is blocked in environment '" + golden.environment.name +
                                              "' (rule '" + expected.rule + "')\r\n"))
        << verdict.error_reply;
    auto location = golden.rule_locations.find(expected.rule);
    ASSERT_NE(location, golden.rule_locations.end()) << "no rule '" << expected.rule << "' in this file";
    EXPECT_EQ(verdict.rule_location, location->second);
  }
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HOLDFAST_SOURCE_DIR "/tests/policy/golden")) {
    if (entry.path().extension() == ".policy") files.push_back(entry.path());
  }
  return files;
}

class PolicyGolden : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(PolicyGolden, DecidesAsWritten) {
  GoldenFile golden = read_golden(GetParam());
  auto policy = Policy::compile(golden.environment);
  if (!golden.error.empty()) {
    ASSERT_FALSE(policy.ok());
    EXPECT_EQ(policy.error().code(), ErrorCode::kInvalid);
    EXPECT_EQ(policy.error().message(), golden.error);
    return;
  }
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  ASSERT_FALSE(golden.expectations.empty()) << "a golden file that expects nothing proves nothing";
  for (const Expectation& expected : golden.expectations) check(*policy.value(), golden, expected);
}

INSTANTIATE_TEST_SUITE_P(Files, PolicyGolden, ::testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace holdfast::policy
