// ACLs against a real redis-server: thousands of generated rule sets and command lines, Holdfast's verdict
// beside ACL DRYRUN's, and the text of a bad rule's error beside ACL SETUSER's.
//
// The seed is printed by a failure; HOLDFAST_SEED=7 repeats it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "policy/acl_user.h"
#include "policy/command_facts.h"
#include "policy/users.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace holdfast::policy {
namespace {

using Line = std::vector<std::string>;

std::string text_of(const Line& line) {
  std::string text;
  for (const std::string& word : line) text += (text.empty() ? "" : " ") + (word.empty() ? "''" : word);
  return text;
}

class AclServer : public ::testing::Test {
 protected:
  AclServer() {
    const char* given = std::getenv("HOLDFAST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    random_.seed(seed_);
  }

  size_t below(size_t end) { return random_() % end; }
  const std::string& any_of(const std::vector<std::string>& words) { return words[below(words.size())]; }
  // One that this server has: those of newer ones and our own stand at the end of the table.
  std::string any_command() {
    const size_t others = kNewerCommands.size() + kOwnCommands.size();
    return std::string(command(static_cast<CommandId>(1 + below(commands().size() - others - 1))).name);
  }

  std::string any_pattern() {
    static const std::vector<std::string> patterns = {"a*",   "b*",   "k1", "k2",     "*",  "k?",
                                                      "[ab]", "a*b*", "",   "k[1-3]", "**", "STORE"};
    return any_of(patterns);
  }

  std::string any_selector_rule() {
    static const std::vector<std::string> plain = {"allkeys",     "resetkeys",
                                                   "allchannels", "resetchannels",
                                                   "allcommands", "nocommands",
                                                   "+@all",       "-@all",
                                                   "~*",          "&*",
                                                   "+select|0",   "+debug|object",
                                                   "+get|k1",     "+config|get",
                                                   "-config|set", "+client|id",
                                                   "+object",     "-xinfo|stream",
                                                   "+nothing",    "+@nothing",
                                                   "-select|0",   "+config|nope",
                                                   "%X~a",        "+select|"};
    switch (below(10)) {
      case 0:
      case 1:
        return any_of(plain);
      case 2:
      case 3:
        return (below(3) == 0 ? "-@" : "+@") + std::string(category_names()[below(category_names().size())]);
      case 4:
        return (below(3) == 0 ? "-" : "+") + any_command();
      case 5:
        return "%R~" + any_pattern();
      case 6:
        return "%W~" + any_pattern();
      case 7:
        return "&" + any_pattern();
      default:
        return "~" + any_pattern();
    }
  }

  Line any_rules() {
    Line rules;
    const size_t count = 1 + below(8);
    for (size_t i = 0; i < count; ++i) {
      if (below(6) == 0) {
        std::string selector = "(" + any_selector_rule();
        for (size_t k = below(4); k > 0; --k) selector += " " + any_selector_rule();
        rules.push_back(selector + ")");
      } else if (below(30) == 0) {
        rules.push_back(below(2) == 0 ? "clearselectors" : "reset");
      } else {
        rules.push_back(any_selector_rule());
      }
    }
    return rules;
  }

  Line any_line() {
    static const std::vector<std::string> usual = {"get",        "set",    "mget",  "publish",
                                                   "psubscribe", "copy",   "eval",  "select",
                                                   "ping",       "exists", "lmpop", "subscribe"};
    static const std::vector<std::string> words = {"k1",  "k2",    "k3", "a", "ab", "b1", "1", "0",     "2",
                                                   "GET", "STORE", "a*", "*", "k?", "x",  "",  "object"};
    const std::string name = below(2) == 0 ? any_of(usual) : any_command();
    const CommandInfo& info = command(find_command(name));
    Line line;
    const size_t bar = name.find('|');
    line.push_back(name.substr(0, bar));
    if (bar != std::string::npos) line.push_back(name.substr(bar + 1));
    const size_t least = static_cast<size_t>(std::abs(info.arity));
    const size_t count = least + (info.arity < 0 ? below(4) : 0);
    while (line.size() < count) line.push_back(any_of(words));
    return line;
  }

  std::mt19937_64 random_;
  uint64_t seed_ = 0;
  testing::RedisServer redis_;
  testing::RedisClient client_{redis_.port()};
};

// Where Holdfast is stricter than Redis on purpose: keys that nobody can know, patterns of SORT, options
// given twice, and the searches that Redis's own key specifications can be deceived in.
bool is_stricter_here(std::string_view name, const KeyUses& uses, const AclVerdict& verdict) {
  if (verdict.denial == AclDenial::kUnknownKeys || !uses.all_known()) return true;
  return name.starts_with("sort") || name.starts_with("georadius") || name.starts_with("xread") ||
         name == "migrate" || name == "debug";
}

TEST_F(AclServer, DecidesAsDryrunDoes) {
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed_));
  constexpr int kRuleSets = 2'000;
  constexpr int kLinesEach = 12;
  KeyUses uses;
  size_t compared = 0, allowed = 0, wrong_rules = 0;
  for (int round = 0; round < kRuleSets && !HasFailure(); ++round) {
    Line rules = any_rules();
    Line set = {"ACL", "SETUSER", "u", "reset"};
    set.insert(set.end(), rules.begin(), rules.end());
    client_.append({"ACL", "DELUSER", "u"});
    client_.append(set);
    std::vector<Line> lines;
    for (int i = 0; i < kLinesEach; ++i) {
      lines.push_back(any_line());
      Line question = {"ACL", "DRYRUN", "u"};
      question.insert(question.end(), lines.back().begin(), lines.back().end());
      client_.append(question);
    }
    client_.next_reply();
    const std::string said = client_.next_reply();

    AclUser ours("u");
    std::string our_error;
    for (const std::string& rule : rules) {
      const AclError error = ours.apply(rule);
      if (error == AclError::kNone) continue;
      our_error = "-ERR Error in ACL SETUSER modifier '" + rule + "': " + std::string(acl_error_text(error));
      break;
    }
    EXPECT_EQ(our_error.empty() ? "OK" : our_error, said) << text_of(rules);
    wrong_rules += our_error.empty() ? 0 : 1;
    ours.seal();
    User user{std::move(ours), "", text_of(rules), ""};
    for (const Line& line : lines) {
      const std::string expected = client_.next_reply();
      if (!our_error.empty()) continue;
      if (expected.starts_with("-")) continue;  // a command that this server has not
      const std::vector<std::string_view> arguments(line.begin(), line.end());
      const CommandId id = find_command(line[0], line.size() > 1 ? line[1] : "");
      const AclVerdict verdict = decide(user, id, arguments, uses);
      if (is_stricter_here(line[0], uses, verdict)) {
        if (expected != "OK" && line[0] != "xreadgroup" && line[0] != "xread" &&
            !line[0].starts_with("georadius")) {
          EXPECT_FALSE(verdict.allowed()) << text_of(line) << " with " << text_of(rules) << ": " << expected;
        }
        continue;
      }
      ++compared;
      allowed += verdict.allowed() ? 1 : 0;
      EXPECT_EQ(dry_run_text(id, arguments, verdict), expected)
          << text_of(line) << " with " << text_of(rules);
      // What is said without the arguments agrees.
      if (user.acl.always_allows(id)) {
        EXPECT_EQ(expected, "OK") << text_of(line) << " with " << text_of(rules);
      }
      if (user.acl.never_allows(id)) {
        EXPECT_NE(expected, "OK") << text_of(line) << " with " << text_of(rules);
      }
    }
  }
  // The generator must not have gone stale: enough of each kind.
  EXPECT_GT(compared, 5'000u);
  EXPECT_GT(allowed, 500u);
  EXPECT_GT(wrong_rules, 20u);
}

// A rule, or a selector, without the commands that this server may not have; perhaps empty, which Redis
// takes.
std::string without_newer(std::string rule) {
  std::vector<std::string_view> names;
  for (const CommandInfo& newer : kNewerCommands) names.push_back(newer.name);
  // Sub-commands before what they begin with.
  for (const CommandInfo& own : kOwnCommands) names.insert(names.begin(), own.name);
  for (const std::string_view name : names) {
    for (const char* sign : {"+", "-"}) {
      const std::string word = sign + std::string(name);
      if (rule == word) return "";
      for (size_t at; (at = rule.find(" " + word)) != std::string::npos;) rule.erase(at, word.size() + 1);
    }
  }
  return rule;
}

// What ACL LIST would say of a user makes the same user, there and here.
TEST_F(AclServer, DescribesAUserSoThatItCanBeMadeAgain) {
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed_));
  for (int round = 0; round < 200 && !HasFailure(); ++round) {
    const Line rules = any_rules();
    AclUser first("u");
    for (const std::string& rule : rules) first.apply(rule);
    first.seal();
    const std::string text = first.describe();
    std::vector<std::string> again;
    ASSERT_EQ(split_acl(text, again), AclError::kNone) << text;
    Line set = {"ACL", "SETUSER", "u", "reset"};
    for (const std::string& rule : again) set.push_back(without_newer(rule));
    EXPECT_EQ(client_.command(set), "OK") << text;
    AclUser second("u");
    for (const std::string& rule : again)
      EXPECT_EQ(second.apply(rule), AclError::kNone) << rule << " of " << text;
    second.seal();
    EXPECT_EQ(second.describe(), text) << text_of(rules);
    // The same bits, command by command.
    for (CommandId id = 0; id < commands().size(); ++id) {
      EXPECT_EQ(first.root().commands().always_allows(id), second.root().commands().always_allows(id))
          << command(id).name << " with " << text_of(rules) << " described as " << text;
      for (size_t i = 0; i < first.selectors().size(); ++i)
        EXPECT_EQ(first.selectors()[i].commands().always_allows(id),
                  second.selectors()[i].commands().always_allows(id))
            << command(id).name << " with " << text_of(rules) << " described as " << text;
    }
  }
}

}  // namespace
}  // namespace holdfast::policy
