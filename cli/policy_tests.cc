#include "cli/policy_tests.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command_words.h"
#include "cli/explanation.h"
#include "config/document.h"
#include "config/text.h"

namespace holdfast::cli {
namespace {

using config::Node;
using config::Position;

constexpr std::string_view kExpect[] = {"allow", "refuse", "observe"};  // as in policy::Decision
constexpr std::string_view kDurability[] = {"none", "async", "sync"};
constexpr std::string_view kKeys[] = {"name",   "command", "env",        "environment", "user",
                                      "expect", "rule",    "durability", "keys"};
constexpr std::string_view kTopKeys[] = {"test", "env", "environment", "user"};

std::string listed(std::vector<std::string> words) {
  std::ranges::sort(words);
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + config::quote_value(word);
  return text.empty() ? "none" : text;
}

class Table {
 public:
  Table(const config::Config& config, const std::string& name) : config_(config) {
    report_.failures = config::ProblemList(name);
  }

  PolicyTestReport run(const std::string& text) {
    report_.failures.set_text(text);
    const auto document = config::parse_document(text, report_.failures);
    if (!document || !document->is_whole()) return unreadable();
    known_keys(document->root, kTopKeys, "the table");
    const Node* tests = document->root.find("test");
    if (tests == nullptr || tests->kind != Node::Kind::kList || tests->nodes.empty())
      problem(Position(tests == nullptr ? 0 : tests->line), "there is no [[test]] in it");
    environment_ =
        text_of(document->root, "env").value_or(text_of(document->root, "environment").value_or(""));
    user_ = text_of(document->root, "user").value_or("");
    if (!report_.failures.empty()) return unreadable();
    for (const Node& test : tests->nodes) run_one(test);
    if (bad_table_) return unreadable();
    return std::move(report_);
  }

 private:
  PolicyTestReport unreadable() {
    report_.is_readable = false;
    return std::move(report_);
  }

  // Of the table itself.
  void problem(Position at, const std::string& text) {
    report_.failures.add(at, text);
    bad_table_ = true;
  }

  void known_keys(const Node& table, std::span<const std::string_view> known, const std::string& where) {
    for (const Node& node : table.nodes)
      if (std::ranges::find(known, node.name) == known.end()) {
        std::string hint = config::did_you_mean(node.name, known, '\'');
        if (hint.empty()) {
          for (const std::string_view key : known)
            hint += (hint.empty() ? "; the keys are " : ", ") + std::string(key);
        }
        problem(node.key, "unknown key " + config::quote_name(node.name) + " in " + where + hint);
      }
  }

  std::optional<std::string> text_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    if (node == nullptr) return std::nullopt;
    if (node->kind == Node::Kind::kString) return node->text;
    problem(node->value(), std::string(key) + " must be a string, not " + std::string(kind_name(node->kind)));
    return std::nullopt;
  }

  std::optional<std::vector<std::string>> list_of(const Node& node) {
    std::vector<std::string> words;
    for (const Node& element : node.nodes) {
      if (element.kind != Node::Kind::kString) {
        problem(element.value(), node.name + " must hold only strings");
        return std::nullopt;
      }
      words.push_back(element.text);
    }
    return words;
  }

  std::vector<std::string> command_of(const Node& test) {
    const Node* node = test.find("command");
    if (node == nullptr) {
      problem(test.key, "this test has no command; write command = \"GET key\"");
      return {};
    }
    if (node->kind == Node::Kind::kList) return list_of(*node).value_or(std::vector<std::string>());
    const auto text = text_of(test, "command");
    if (!text) return {};
    auto words = split_command(*text);
    if (!words.ok())
      problem(node->value(), words.error().message());
    else if (words.value().empty())
      problem(node->value(), "command must not be empty");
    return words.ok() ? std::move(words).value() : std::vector<std::string>();
  }

  // The index in `words`.
  std::optional<size_t> word_of(const Node& test, std::string_view key,
                                std::span<const std::string_view> words) {
    const auto text = text_of(test, key);
    if (!text) return std::nullopt;
    const auto found = std::ranges::find(words, *text);
    if (found != words.end()) return static_cast<size_t>(found - words.begin());
    problem(test.find(key)->value(), std::string(key) + " must be " + config::one_of(words) + ", not " +
                                         config::quote_value(*text) +
                                         config::did_you_mean(*text, words, '"'));
    return std::nullopt;
  }

  void run_one(const Node& test) {
    if (test.kind != Node::Kind::kTable) {
      problem(test.value(), "a test must be a section; write [[test]]");
      return;
    }
    const size_t before = report_.failures.errors();
    known_keys(test, kKeys, "[[test]]");
    Question question;
    question.environment = text_of(test, "env").value_or(text_of(test, "environment").value_or(environment_));
    question.user = text_of(test, "user").value_or(user_);
    question.arguments = command_of(test);
    if (test.find("expect") == nullptr)
      problem(test.key, "this test expects nothing; write expect = \"allow\", \"refuse\" or \"observe\"");
    const auto expect = word_of(test, "expect", kExpect);
    const auto durability = word_of(test, "durability", kDurability);
    const auto rule = text_of(test, "rule");
    const Node* keys = test.find("keys");
    if (keys != nullptr && keys->kind != Node::Kind::kList)
      problem(keys->value(), "keys must be a list of strings");
    const auto wanted_keys = keys == nullptr ? std::nullopt : list_of(*keys);
    if (report_.failures.errors() > before) return;
    const auto explanation = explain(config_, question);
    if (!explanation.ok()) {
      problem(test.find("command")->value(), explanation.error().message());
      return;
    }
    const Explanation& got = explanation.value();
    title_ = (test.find("name") == nullptr ? "" : text_of(test, "name").value_or("") + ": ") +
             join_command(got.arguments) + " in environment '" + got.environment + "' " + who_asks(got);
    if (static_cast<size_t>(got.decision) != *expect)
      failed(test.find("expect")->value(), "is " + std::string(verdict_word(got.decision)) + by(got));
    if (rule && *rule != got.rule)
      failed(test.find("rule")->value(),
             got.rule.empty() ? "no rule decides about it"
                              : "it is rule '" + got.rule + "' (" + got.where + ") that decides");
    if (durability && kDurability[*durability] != got.durability)
      failed(test.find("durability")->value(), "its durability is \"" + got.durability + "\"");
    if (wanted_keys) {
      std::vector<std::string> names;
      for (const ExplainedKey& key : got.keys) names.push_back(key.name);
      if (listed(names) != listed(*wanted_keys)) failed(keys->value(), "its keys are " + listed(names));
    }
    ++(report_.failures.errors() > before ? report_.failed : report_.passed);
  }

  static std::string by(const Explanation& got) {
    return got.rule.empty() ? "" : " by rule '" + got.rule + "' (" + got.where + ")";
  }

  void failed(Position at, const std::string& what) { report_.failures.add(at, title_ + ": " + what); }

  const config::Config& config_;
  PolicyTestReport report_;
  std::string environment_, user_;  // for tests that name none
  std::string title_;
  bool bad_table_ = false;
};

}  // namespace

PolicyTestReport run_policy_tests(const config::Config& config, const std::string& text,
                                  const std::string& name) {
  return Table(config, name).run(text);
}

}  // namespace holdfast::cli
