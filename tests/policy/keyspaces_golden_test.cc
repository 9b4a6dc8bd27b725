// Golden test of the keyspaces: every golden/*.keyspaces file is an environment, as holdfast.toml writes it,
// and a table of what it must say to command lines. The format is in golden/README.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "policy/keyspaces.h"
#include "policy/policy.h"

namespace holdfast::policy {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;  // 2023-11-14

struct Line {
  int number = 0;
  std::string verdict;               // allow, refuse, observe
  std::vector<std::string> command;  // as a client sends it
  std::string expected;              // "<rule>: <reason>", or for allow the durability, or nothing
};

// "%1000%" stands for so many bytes, "%empty%" for none.
std::string expand(const std::string& word) {
  if (word == "%empty%") return "";
  if (word.size() < 3 || word.front() != '%' || word.back() != '%') return word;
  return std::string(std::stoul(word.substr(1, word.size() - 2)), 'x');
}

Line read_line(const std::string& text, int number) {
  Line line;
  line.number = number;
  const size_t arrow = text.find(" -> ");
  if (arrow != std::string::npos) line.expected = text.substr(arrow + 4);
  std::istringstream words(text.substr(0, arrow));
  words >> line.verdict;
  for (std::string word; words >> word;) line.command.push_back(expand(word));
  return line;
}

std::string_view to_word(config::Durability durability) {
  constexpr std::string_view kWords[] = {"none", "async", "sync"};
  return kWords[static_cast<size_t>(durability)];
}

std::string_view to_word(Decision decision) {
  constexpr std::string_view kWords[] = {"allow", "refuse", "observe"};
  return kWords[static_cast<size_t>(decision)];
}

void check(const Keyspaces& keyspaces, const Line& line) {
  SCOPED_TRACE("line " + std::to_string(line.number));
  const std::vector<std::string_view> arguments(line.command.begin(), line.command.end());
  const CommandId id = find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  ASSERT_NE(id, kUnknownCommand) << arguments[0];
  KeyUses uses;
  find_keys(id, arguments, uses);
  KeyspaceVerdict verdict;
  if (keyspaces.concerns(id)) {
    verdict = keyspaces.decide(id, arguments, uses, kNowMs);
  } else {
    verdict.durability = command(id).may_write() ? keyspaces.strictest() : config::Durability::kNone;
  }
  ASSERT_EQ(to_word(verdict.decision), line.verdict);
  if (verdict.decision == Decision::kAllow) {
    if (!line.expected.empty()) {
      EXPECT_EQ(to_word(verdict.durability), line.expected);
    }
    return;
  }
  const std::string reply = keyspaces.refusal(id, verdict);
  const size_t colon = line.expected.find(": ");
  ASSERT_NE(colon, std::string::npos) << "write -> <rule>: <reason>";
  EXPECT_EQ(verdict.keyspace->name, line.expected.substr(0, colon));
  EXPECT_TRUE(reply.starts_with("-NOPERM holdfast: '")) << reply;
  EXPECT_TRUE(reply.ends_with("(" + line.expected.substr(colon + 2) +
                              ") is blocked in environment 'default' (rule '" + verdict.keyspace->name +
                              "')\r\n"))
      << reply;
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HOLDFAST_SOURCE_DIR "/tests/policy/golden")) {
    if (entry.path().extension() == ".keyspaces") files.push_back(entry.path());
  }
  return files;
}

class KeyspacesGolden : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(KeyspacesGolden, DecidesAsWritten) {
  std::ifstream file(GetParam());
  std::string configuration;
  std::vector<Line> lines;
  bool in_verdicts = false;
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    if (text == "verdicts:")
      in_verdicts = true;
    else if (!in_verdicts)
      configuration += text + "\n";
    else if (!text.empty() && !text.starts_with('#'))
      lines.push_back(read_line(text, number));
  }
  const config::LoadResult loaded = config::load_text(configuration, GetParam().filename());
  ASSERT_TRUE(loaded.config.has_value()) << ::testing::PrintToString(loaded.problems.lines());
  auto policy = Policy::compile(loaded.config->environments.front());
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  ASSERT_FALSE(lines.empty()) << "a golden file that expects nothing proves nothing";
  for (const Line& line : lines) check(policy.value()->keyspaces(), line);
}

INSTANTIATE_TEST_SUITE_P(Files, KeyspacesGolden, ::testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace holdfast::policy
