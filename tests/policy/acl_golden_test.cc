// Golden test of ACLs: every golden_acl/*.acl file is a user's rules and a table of what they must allow. The
// format is in golden_acl/README.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "policy/users.h"

namespace holdfast::policy {
namespace {

struct Expectation {
  int line = 0;
  std::string text;
};

struct GoldenFile {
  config::Environment environment;
  std::vector<Expectation> expectations;
  std::string error;
};

GoldenFile read_golden(const std::filesystem::path& path) {
  GoldenFile golden;
  golden.environment.name = "default";
  config::User user;
  user.name = "u";
  std::ifstream file(path);
  std::string line;
  bool in_verdicts = false;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line == "verdicts:")
      in_verdicts = true;
    else if (in_verdicts)
      golden.expectations.push_back({number, line});
    else if (line.starts_with("acl"))
      user.acl = {user.acl.value + " " + line.substr(3), {path.filename(), number}};
    else if (line.starts_with("error: "))
      golden.error = line.substr(7);
    else
      ADD_FAILURE() << path << ":" << number << ": what is '" << line << "'?";
  }
  golden.environment.users.push_back(std::move(user));
  return golden;
}

std::string word_of(const AclVerdict& verdict) {
  switch (verdict.denial) {
    case AclDenial::kNone:
      return "allow";
    case AclDenial::kCommand:
      return "command";
    case AclDenial::kKey:
      return "key " + std::to_string(verdict.argument);
    case AclDenial::kUnknownKeys:
      return "keys-unknown";
    case AclDenial::kChannel:
      return "channel " + std::to_string(verdict.argument);
  }
  return "?";
}

void check(const User& user, const Expectation& expected) {
  SCOPED_TRACE("line " + std::to_string(expected.line) + ": " + expected.text);
  std::istringstream words(expected.text);
  std::string verdict_word, number, word;
  words >> verdict_word;
  if (verdict_word == "key" || verdict_word == "channel") {
    words >> number;
    verdict_word += " " + number;
  }
  std::vector<std::string> line;
  while (words >> word) line.push_back(word == "''" ? "" : word);
  const std::vector<std::string_view> arguments(line.begin(), line.end());
  const CommandId id = find_command(line[0], line.size() > 1 ? line[1] : "");
  KeyUses uses;
  const AclVerdict verdict = decide(user, id, arguments, uses);
  EXPECT_EQ(word_of(verdict), verdict_word);
  // What is said without the arguments holds with any.
  if (user.acl.always_allows(id)) {
    EXPECT_TRUE(verdict.allowed());
  }
  if (user.acl.never_allows(id)) {
    EXPECT_EQ(verdict.denial, AclDenial::kCommand);
  }
  if (verdict.allowed()) return;
  const std::string reply = refusal(user, id, arguments, verdict, "default");
  EXPECT_TRUE(reply.starts_with("-NOPERM holdfast: ")) << reply;
  EXPECT_NE(reply.find(": this user has no permissions to "), std::string::npos) << reply;
  EXPECT_EQ(reply.find("\r\n"), reply.size() - 2) << reply;
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(HOLDFAST_SOURCE_DIR "/tests/policy/golden_acl")) {
    if (entry.path().extension() == ".acl") files.push_back(entry.path());
  }
  return files;
}

class AclGolden : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(AclGolden, DecidesAsWritten) {
  const GoldenFile golden = read_golden(GetParam());
  config::ProblemList problems(GetParam().filename());
  const Users users = Users::compile(golden.environment, problems);
  if (!golden.error.empty()) {
    ASSERT_EQ(problems.lines().size(), 1u);
    EXPECT_EQ(problems.lines()[0], GetParam().filename().string() + ":1: " + golden.error);
    return;
  }
  ASSERT_TRUE(problems.empty()) << problems.lines()[0];
  ASSERT_FALSE(golden.expectations.empty()) << "a golden file that expects nothing proves nothing";
  for (const Expectation& expected : golden.expectations) check(*users.find("u"), expected);
}

INSTANTIATE_TEST_SUITE_P(Files, AclGolden, ::testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace holdfast::policy
