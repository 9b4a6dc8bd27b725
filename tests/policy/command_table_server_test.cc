// The built-in table against the COMMAND answer of the redis-server that is installed. Another version than
// the one that the table was generated from is compared in the commands that both have.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "policy/command_facts.h"
#include "policy/command_table.h"
#include "policy/command_words.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace holdfast::policy {
namespace {

struct ServerCommand {
  long long arity = 0;
  std::set<std::string> flags;
  std::set<std::string> categories;
  long long first_key = 0, last_key = 0, key_step = 0;
};

std::set<std::string> words_of(const redisReply* list) {
  std::set<std::string> words;
  for (size_t i = 0; i < list->elements; ++i) words.emplace(list->element[i]->str, list->element[i]->len);
  return words;
}

// Each element is [name, arity, flags, first key, last key, step, categories, tips, key specs, sub-commands].
void collect(const redisReply* list, std::map<std::string, ServerCommand>& into) {
  for (size_t i = 0; i < list->elements; ++i) {
    const redisReply* fields = list->element[i];
    ASSERT_EQ(fields->elements, 10u);
    ServerCommand& command = into[std::string(fields->element[0]->str, fields->element[0]->len)];
    command.arity = fields->element[1]->integer;
    command.flags = words_of(fields->element[2]);
    command.first_key = fields->element[3]->integer;
    command.last_key = fields->element[4]->integer;
    command.key_step = fields->element[5]->integer;
    command.categories = words_of(fields->element[6]);
    if (fields->element[9]->elements > 0) command.flags.insert("container");
    collect(fields->element[9], into);
  }
}

uint32_t expected_flags(const std::string& name, const ServerCommand& server) {
  uint32_t bits = 0;
  for (const std::string& word : server.flags) {
    bool known = false;
    for (const FlagWord& flag : kFlagWords) {
      if (flag.word != word) continue;
      bits |= flag.flag;
      known = true;
    }
    EXPECT_TRUE(known) << name << ": policy/command_words.h lacks the flag " << word;
  }
  return bits;
}

uint32_t expected_categories(const std::string& name, const ServerCommand& server) {
  uint32_t bits = 0;
  for (const std::string& word : server.categories) {
    EXPECT_NE(category_bit(word), 0u) << name << ": policy/command_words.h lacks the category " << word;
    bits |= category_bit(word);
  }
  return bits;
}

std::string table_version() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/policy/command_table_data.inc");
  std::string line;
  std::getline(file, line);
  size_t at = line.find("redis-server ") + 13;
  return line.substr(at, line.rfind('.') - at);
}

TEST(CommandTableServer, SaysWhatARealServerSays) {
  testing::RedisServer redis;
  testing::RedisClient client(redis.port());
  ASSERT_TRUE(client.connected());
  bool same_version = client.info("server", "redis_version") == table_version();

  auto* reply = static_cast<redisReply*>(redisCommand(client.context(), "COMMAND"));
  ASSERT_NE(reply, nullptr);
  std::map<std::string, ServerCommand> server;
  collect(reply, server);
  freeReplyObject(reply);
  ASSERT_GT(server.size(), 200u);

  for (const auto& [name, expected] : server) {
    CommandId id = find_command(name);
    if (id == kUnknownCommand) {
      EXPECT_FALSE(same_version) << "the table lacks " << name;
      continue;
    }
    const CommandInfo& info = command(id);
    EXPECT_EQ(info.arity, expected.arity) << name;
    EXPECT_EQ(info.flags & ~kMayWrite, expected_flags(name, expected)) << name;
    EXPECT_EQ(info.categories, expected_categories(name, expected)) << name;
    EXPECT_EQ(info.first_key, expected.first_key) << name;
    EXPECT_EQ(info.last_key, expected.last_key) << name;
    EXPECT_EQ(info.key_step, expected.key_step) << name;
  }

  std::set<std::string_view> newer;
  for (const CommandInfo& info : kNewerCommands) newer.insert(info.name);
  for (const CommandInfo& info : kOwnCommands) newer.insert(info.name);
  for (const CommandInfo& info : commands().subspan(1)) {
    if (!same_version || newer.contains(info.name)) continue;
    EXPECT_TRUE(server.contains(std::string(info.name))) << "the server has no " << info.name;
  }
}

TEST(CommandTableServer, HasTheCategoriesOfARealServer) {
  testing::RedisServer redis;
  testing::RedisClient client(redis.port());
  auto* reply = static_cast<redisReply*>(redisCommand(client.context(), "ACL CAT"));
  ASSERT_NE(reply, nullptr);
  std::set<std::string> server = words_of(reply);
  freeReplyObject(reply);
  EXPECT_EQ(server, std::set<std::string>(category_names().begin(), category_names().end()));
}

// The script and the committed file agree, and the script leaves nothing running.
TEST(CommandTableServer, TheGeneratorWouldWriteTheCommittedFile) {
  std::string output;
  int status =
      testing::run_program({HOLDFAST_SOURCE_DIR "/policy/generate_command_table.sh", "--check"}, output);
  if (output.find("another server version") != std::string::npos) GTEST_SKIP() << output;
  EXPECT_EQ(status, 0) << output;
}

}  // namespace
}  // namespace holdfast::policy
