// find_keys() against a real redis-server, in two ways: COMMAND GETKEYSANDFLAGS over generated command lines,
// and what commands with options really write, since Redis's own answer can be deceived by those.
//
// The seed is printed by a failure; HOLDFAST_SEED=7 repeats it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "policy/key_positions.h"
#include "tests/policy/key_uses_text.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace holdfast::policy {
namespace {

using Line = std::vector<std::string>;

class KeyPositionsServer : public ::testing::Test {
 protected:
  KeyPositionsServer() {
    const char* given = std::getenv("HOLDFAST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    random_.seed(seed_);
  }

  const std::string& any_of(const std::vector<std::string>& words) { return words[random_() % words.size()]; }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  testing::RedisServer redis_;
  testing::RedisClient client_{redis_.port()};
};

std::string text_of(const Line& line) {
  std::string text;
  for (const std::string& word : line) text += (text.empty() ? "" : " ") + (word.empty() ? "''" : word);
  return text;
}

std::vector<std::string_view> views(const Line& line) {
  return {line.begin(), line.end()};
}

CommandId id_of(const Line& line) {
  return find_command(line[0], line.size() > 1 ? line[1] : std::string_view());
}

// The server's answer as to_text() writes ours, by position: "RO access". Nothing when it is an error, or
// when the server itself falls back to a search without flags, which it does for what it will refuse.

struct ServerAnswer {
  std::string error;
  std::vector<std::pair<std::string, std::set<std::string>>> keys;  // the words, not their places
  bool has_flags = true;
};

ServerAnswer read_answer(redisContext* context) {
  ServerAnswer answer;
  void* raw = nullptr;
  if (redisGetReply(context, &raw) != REDIS_OK) {
    answer.error = "connection lost";
    return answer;
  }
  auto* reply = static_cast<redisReply*>(raw);
  if (reply->type == REDIS_REPLY_ERROR) answer.error = reply->str;
  for (size_t i = 0; i < reply->elements; ++i) {
    const redisReply* pair = reply->element[i];
    std::set<std::string> flags;
    for (size_t k = 0; k < pair->element[1]->elements; ++k)
      flags.emplace(pair->element[1]->element[k]->str, pair->element[1]->element[k]->len);
    if (flags.empty()) answer.has_flags = false;
    answer.keys.emplace_back(std::string(pair->element[0]->str, pair->element[0]->len), flags);
  }
  freeReplyObject(reply);
  return answer;
}

std::vector<std::pair<std::string, std::set<std::string>>> ours(const Line& line, KeyUses& uses) {
  const auto arguments = views(line);
  find_keys(id_of(line), arguments, uses);
  std::vector<std::pair<std::string, std::set<std::string>>> keys;
  for (const KeyUse& use : uses.all()) {
    if (use.kind != KeyKind::kKey) continue;
    std::set<std::string> flags;
    std::string text = to_text(use);
    for (size_t at = text.find(' '); at != std::string::npos;) {
      const size_t end = text.find(' ', at + 1);
      flags.insert(text.substr(at + 1, end == std::string::npos ? end : end - at - 1));
      at = end;
    }
    keys.emplace_back(line[use.argument], flags);
  }
  return keys;
}

// Those whose own grammar find_keys() reads where the server searches for a word.
bool is_searched(std::string_view name) {
  return name.starts_with("sort") || name.starts_with("georadius") || name.starts_with("xread") ||
         name == "migrate" || name == "debug";
}

TEST_F(KeyPositionsServer, SaysWhatTheServerSaysOfAnyCommand) {
  const std::vector<std::string> words = {"k1",  "k2", "k3", "1",    "2",   "3",  "0",   "-1",      "99",
                                          "GET", "x",  "EX", "LEFT", "MIN", "u8", "SET", "OVERFLOW"};
  std::vector<Line> lines;
  for (const CommandInfo& info : commands().subspan(1)) {
    if (info.needs_subcommand() || is_searched(info.name) || info.name.starts_with("holdfast|")) continue;
    for (int round = 0; round < 40; ++round) {
      Line line;
      const size_t bar = info.name.find('|');
      line.emplace_back(info.name.substr(0, bar));
      if (bar != std::string_view::npos) line.emplace_back(info.name.substr(bar + 1));
      const size_t least = static_cast<size_t>(std::abs(info.arity));
      const size_t count = least + (info.arity < 0 ? random_() % 6 : 0);
      while (line.size() < count) line.push_back(any_of(words));
      lines.push_back(std::move(line));
    }
  }
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed_));
  size_t compared = 0;
  KeyUses uses;
  constexpr size_t kBatch = 500;
  for (size_t begin = 0; begin < lines.size(); begin += kBatch) {
    const size_t end = std::min(begin + kBatch, lines.size());
    for (size_t i = begin; i < end; ++i) {
      Line question = {"COMMAND", "GETKEYSANDFLAGS"};
      question.insert(question.end(), lines[i].begin(), lines[i].end());
      client_.append(question);
    }
    for (size_t i = begin; i < end; ++i) {
      const ServerAnswer answer = read_answer(client_.context());
      ASSERT_NE(answer.error, "connection lost");
      const auto keys = ours(lines[i], uses);
      if (answer.error.find("no key arguments") != std::string::npos) {
        EXPECT_TRUE(keys.empty()) << text_of(lines[i]);
        ++compared;
      } else if (answer.error.empty() && answer.has_flags) {
        EXPECT_EQ(keys, answer.keys) << text_of(lines[i]);
        ++compared;
        // A count of none, or one that the server will refuse.
        if (!answer.keys.empty()) {
          EXPECT_TRUE(uses.all_known()) << text_of(lines[i]);
        }
      }
    }
  }
  EXPECT_GT(compared, lines.size() / 2);
}

// Lines as an honest application writes them: there the two agree for searched commands too.
TEST_F(KeyPositionsServer, SaysWhatTheServerSaysOfHonestOptions) {
  const std::vector<Line> lines = {
      {"SORT", "k"},
      {"SORT", "k", "BY", "w_*", "LIMIT", "0", "5", "GET", "o_*", "DESC", "ALPHA", "STORE", "d"},
      {"SORT_RO", "k", "BY", "w_*", "GET", "#"},
      {"GEORADIUS", "k", "0", "0", "1", "m", "WITHDIST", "COUNT", "3", "ANY", "ASC"},
      {"GEORADIUS", "k", "0", "0", "1", "m", "STORE", "d"},
      {"GEORADIUSBYMEMBER", "k", "x", "1", "m", "STOREDIST", "d"},
      {"GEORADIUSBYMEMBER_RO", "k", "x", "1", "m"},
      {"XREAD", "COUNT", "1", "BLOCK", "5", "STREAMS", "a", "b", "0", "0"},
      {"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "NOACK", "STREAMS", "a", "b", ">", ">"},
      {"XREADGROUP", "GROUP", "STREAMS", "STREAMS", "STREAMS", "a", ">"},
      {"MIGRATE", "h", "1", "k", "0", "10", "COPY"},
      {"MIGRATE", "h", "1", "", "0", "10", "REPLACE", "AUTH2", "u", "p", "KEYS", "a", "KEYS", "b"},
  };
  KeyUses uses;
  for (const Line& line : lines) {
    Line question = {"COMMAND", "GETKEYSANDFLAGS"};
    question.insert(question.end(), line.begin(), line.end());
    client_.append(question);
    const ServerAnswer answer = read_answer(client_.context());
    EXPECT_EQ(answer.error, "") << text_of(line);
    EXPECT_EQ(ours(line, uses), answer.keys) << text_of(line);
  }
}

// Options in any order, number and spelling, with keys and groups named like options: every key that the
// server changes is among those that find_keys() says may change.
TEST_F(KeyPositionsServer, NamesEveryKeyThatACommandChanges) {
  const std::vector<std::string> names = {"a",   "b",       "STORE", "by",       "LIMIT",
                                          "GET", "STREAMS", "KEYS",  "STOREDIST"};
  const std::vector<std::string> sort_words = {"STORE", "store", "BY",   "LIMIT", "0", "2",     "GET",
                                               "ASC",   "ALPHA", "DESC", "a",     "b", "nosort"};
  const std::vector<std::string> geo_words = {"STORE", "STOREDIST", "COUNT", "1",    "ANY",
                                              "ASC",   "a",         "b",     "DESC", "store"};
  const std::vector<std::string> group_words = {"STREAMS", "GROUP", "g", "COUNT",  "1",
                                                "NOACK",   "a",     ">", "STREAMS"};
  const auto prepare = [&] {
    client_.command({"FLUSHALL"});
    client_.command({"RPUSH", "list", "3", "1", "2"});
    client_.command({"GEOADD", "geo", "1", "1", "m", "1.001", "1", "STORE"});
    for (const std::string& name : {std::string("a"), std::string("b"), std::string("STREAMS")}) {
      client_.command({"XADD", name, "1-1", "f", "v"});
      for (const std::string& group : {std::string("g"), std::string("STREAMS"), std::string("GROUP")})
        client_.command({"XGROUP", "CREATE", name, group, "0"});
    }
  };
  Line digests = {"DEBUG", "DIGEST-VALUE", "list", "geo"};
  digests.insert(digests.end(), names.begin(), names.end());
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed_));
  KeyUses uses;
  size_t changes = 0;
  for (int round = 0; round < 6'000; ++round) {
    if (round % 50 == 0) prepare();
    Line line;
    const std::vector<std::string>* words = &sort_words;
    switch (random_() % 4) {
      case 0:
        line = {"SORT", "list"};
        break;
      case 1:
        line = {"GEORADIUS", "geo", "1", "1", "100", "km"};
        words = &geo_words;
        break;
      case 2:
        line = {"GEORADIUSBYMEMBER", "geo", random_() % 2 == 0 ? "m" : "STORE", "100", "km"};
        words = &geo_words;
        break;
      default:
        line = {"XREADGROUP"};
        if (random_() % 2 == 0) line.insert(line.end(), {"GROUP", any_of(group_words), any_of(group_words)});
        if (random_() % 3 == 0) line.insert(line.end(), {"COUNT", "1"});
        words = &group_words;
    }
    for (size_t i = 0, count = 1 + random_() % 6; i < count; ++i)
      line.push_back(random_() % 3 == 0 ? any_of(names) : any_of(*words));
    if (line[0] == "XREADGROUP") line.insert(line.end(), {"STREAMS", any_of(names), ">"});

    client_.append(digests);
    client_.append(line);
    client_.append(digests);
    const auto digest_of = [&] {
      void* raw = nullptr;
      redisGetReply(client_.context(), &raw);
      auto* reply = static_cast<redisReply*>(raw);
      std::vector<std::string> values;
      for (size_t i = 0; i < reply->elements; ++i) values.emplace_back(reply->element[i]->str);
      freeReplyObject(reply);
      return values;
    };
    const auto before = digest_of();
    const std::string said = client_.next_reply();
    const auto after = digest_of();
    ASSERT_EQ(before.size(), digests.size() - 2);
    const auto arguments = views(line);
    find_keys(id_of(line), arguments, uses);
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      ++changes;
      const std::string& changed = digests[i + 2];
      EXPECT_TRUE(std::any_of(uses.all().begin(), uses.all().end(),
                              [&](const KeyUse& use) { return line[use.argument] == changed; }))
          << changed << " was changed by " << text_of(line) << " (" << said << "), keys: " << to_text(uses);
    }
    // A command that was served had all its keys known.
    if (!said.starts_with("-")) {
      EXPECT_TRUE(uses.all_known()) << text_of(line);
    }
  }
  EXPECT_GT(changes, 100u);
}

}  // namespace
}  // namespace holdfast::policy
