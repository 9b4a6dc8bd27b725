// A script or function can do what its client may, and nothing else: Redis itself refuses the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kFlush = "return redis.call('FLUSHALL')";
constexpr const char* kSet = "return redis.call('SET', KEYS[1], ARGV[1])";
constexpr const char* kMayNot = "can't run this command or subcommand";
constexpr const char* kMayNotTouch = "can't access at least one of the keys";

std::string user(const std::string& name, const std::string& password, const std::string& acl) {
  return "[environment.default.user." + name + "]\npassword_sha256 = [\"" + to_hex(sha256(password)) +
         "\"]\nacl = \"" + acl + "\"\n";
}

TEST(Scripts, CannotCallWhatTheEnvironmentBlocks) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"EVAL", kSet, "1", "key", "1"}), "OK");
  EXPECT_THAT(client.command({"EVAL", kFlush, "0"}), AllOf(StartsWith("-"), HasSubstr(kMayNot)));
  // Redis lets no script do that, whoever it is.
  EXPECT_THAT(client.command({"EVAL", "return redis.call('CONFIG', 'SET', 'maxmemory', '1')", "0"}),
              StartsWith("-"));
  EXPECT_THAT(client.command({"EVAL", "return redis.call('KEYS', '*')", "0"}), HasSubstr(kMayNot));
  const std::string sha = client.command({"SCRIPT", "LOAD", kFlush});
  EXPECT_THAT(client.command({"EVALSHA", sha, "0"}), HasSubstr(kMayNot));
  EXPECT_THAT(client.command({"FUNCTION", "LOAD",
                              "#!lua name=lib\nredis.register_function('f', function() return "
                              "redis.call('FLUSHALL') end)"}),
              "lib");
  EXPECT_THAT(client.command({"FCALL", "f", "0"}), HasSubstr(kMayNot));
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  Restored restored(stack.holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "1");
}

TEST(Scripts, CannotInTransactionsEither) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  client.command({"SET", "key", "1"});
  EXPECT_EQ(client.command({"WATCH", "key"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"EVAL", kSet, "1", "other", "2"}), "QUEUED");
  EXPECT_EQ(client.command({"EVAL", kFlush, "0"}), "QUEUED");
  EXPECT_THAT(client.command({"EXEC"}), AllOf(StartsWith("[OK, -"), HasSubstr(kMayNot)));
  EXPECT_EQ(client.command({"MGET", "key", "other"}), "[1, 2]");
}

TEST(Scripts, KeepTheirPlaceInAPipeline) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send(
      "SET a 1\r\nINCR a\r\nEVAL \"return redis.call('INCR', KEYS[1])\" 1 a\r\nINCR a\r\nFLUSHALL\r\n"
      "EVAL \"return redis.call('INCR', KEYS[1])\" 1 a\r\nGET a\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), ":2\r\n");
  EXPECT_EQ(client.read_reply(), ":3\r\n");
  EXPECT_EQ(client.read_reply(), ":4\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast: 'FLUSHALL'"));
  EXPECT_EQ(client.read_reply(), ":5\r\n");
  EXPECT_EQ(client.read_reply(), "$1\r\n5\r\n");
}

TEST(Scripts, HaveTheRightsOfTheirUser) {
  Stack stack({.environment = "auth = \"users\"\n" + user("app", "a", "+@all -get ~order:* &*") +
                              user("other", "o", "+@all ~* &*")});
  RedisClient client(stack.holdfast.port());
  client.command({"AUTH", "app", "a"});
  EXPECT_EQ(client.command({"EVAL", kSet, "1", "order:1", "x"}), "OK");
  EXPECT_TRUE(is_error(client.command({"EVAL", kSet, "1", "secret", "x"}), "NOPERM"));
  // A key that it does not declare.
  EXPECT_THAT(client.command({"EVAL", "return redis.call('SET', 'secret', 'x')", "0"}),
              HasSubstr(kMayNotTouch));
  EXPECT_THAT(client.command({"EVAL", "return redis.call('GET', 'order:1')", "0"}), HasSubstr(kMayNot));
  // Another user, another right; and back.
  client.command({"AUTH", "other", "o"});
  EXPECT_EQ(client.command({"EVAL", "return redis.call('SET', 'secret', 'x')", "0"}), "OK");
  EXPECT_EQ(client.command({"GET", "secret"}), "x");
  client.command({"AUTH", "app", "a"});
  EXPECT_THAT(client.command({"EVAL", "return redis.call('DEL', 'secret')", "0"}), HasSubstr(kMayNotTouch));
  EXPECT_EQ(RedisClient(stack.redis.port()).command({"GET", "secret"}), "x");
}

TEST(Scripts, HaveThemInEveryDatabaseAndProtocol) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (const std::string database : {"3", "4"}) {
    EXPECT_EQ(client.command({"SELECT", database}), "OK");
    EXPECT_EQ(client.command({"EVAL", kSet, "1", "key", database}), "OK");
    EXPECT_THAT(client.command({"EVAL", kFlush, "0"}), HasSubstr(kMayNot));
  }
  RedisClient direct(stack.redis.port());
  direct.command({"SELECT", "3"});
  EXPECT_EQ(direct.command({"GET", "key"}), "3");
  RawClient resp3(stack.holdfast.port());
  resp3.send("HELLO 3\r\nEVAL \"return redis.call('FLUSHALL')\" 0\r\nHELLO 2\r\nEVAL \"return 1\" 0\r\n");
  EXPECT_THAT(resp3.read_reply(), StartsWith("%"));
  EXPECT_THAT(resp3.read_reply(), HasSubstr(kMayNot));
  EXPECT_THAT(resp3.read_reply(), StartsWith("*14"));
  EXPECT_EQ(resp3.read_reply(), ":1\r\n");
}

// What Redis forgets with a restart is made again with the next connection.
TEST(Scripts, HaveThemAfterARestartOfRedis) {
  Stack stack({.upstream = "", .journal = "enabled = false\n", .environment = "durability = \"none\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"EVAL", kSet, "1", "key", "1"}), "OK");
  stack.redis.stop();
  stack.redis.start();
  EXPECT_TRUE(wait_reply(client, {"EVAL", kSet, "1", "key", "2"}, "OK"));
  EXPECT_THAT(client.command({"EVAL", kFlush, "0"}), HasSubstr(kMayNot));
  // Somebody deletes the user: Redis ends its connections.
  const std::string users = RedisClient(stack.redis.port()).command({"ACL", "USERS"});
  const size_t name = users.find("holdfast:default:");
  ASSERT_NE(name, std::string::npos) << users;
  const std::string user = users.substr(name, users.find_first_of(",]", name) - name);
  EXPECT_EQ(RedisClient(stack.redis.port()).command({"ACL", "DELUSER", user}), "1");
  EXPECT_TRUE(wait_reply(client, {"EVAL", kSet, "1", "key", "3"}, "OK"));
  EXPECT_THAT(client.command({"EVAL", kFlush, "0"}), HasSubstr(kMayNot));
}

// As while a new configuration is rolled out: the environment has one name, and two meanings.
TEST(Scripts, TwoHoldfastsWithOtherRulesDoNotShareRights) {
  RedisServer redis;
  const auto config = [](const std::string& rules) {
    return HoldfastConfig{.journal = "enabled = false\n", .environment = "durability = \"none\"\n" + rules};
  };
  Holdfast strict(redis, config("block = [\"@builtin\", \"set\"]\n")),
      same(redis, config("block = [\"@builtin\", \"set\"]\n")), free(redis, config(""));
  for (int round = 0; round < 3; ++round) {
    RedisClient one(strict.port()), two(free.port()), three(same.port());
    EXPECT_EQ(two.command({"EVAL", kSet, "1", "key", "1"}), "OK");
    EXPECT_THAT(one.command({"EVAL", kSet, "1", "key", "2"}), HasSubstr(kMayNot));
    EXPECT_THAT(three.command({"EVAL", kSet, "1", "key", "2"}), HasSubstr(kMayNot));
    EXPECT_EQ(two.command({"EVAL", kSet, "1", "key", "3"}), "OK");
    EXPECT_EQ(three.command({"EVAL", "return 1", "0"}), "1");
    EXPECT_EQ(one.command({"MULTI"}), "OK");
    EXPECT_EQ(one.command({"EVAL", "return 1", "0"}), "QUEUED");
    EXPECT_EQ(one.command({"EXEC"}), "[1]");
  }
  const std::string users = RedisClient(redis.port()).command({"ACL", "USERS"});
  const size_t first = users.find("holdfast:default:");
  ASSERT_NE(first, std::string::npos) << users;
  const size_t second = users.find("holdfast:default:", first + 1);
  ASSERT_NE(second, std::string::npos) << users;
  EXPECT_EQ(users.find("holdfast:default:", second + 1), std::string::npos) << users;
}

TEST(Scripts, AreRefusedWhereRedisMakesNoUsers) {
  RedisServer redis({"--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-acl"});
  Holdfast holdfast({.upstream_url = "redis://app:s3cret@127.0.0.1:" + std::to_string(redis.port())},
                    HoldfastProcess::Until::kReady);
  RedisClient client(holdfast.port());
  EXPECT_THAT(
      client.command({"EVAL", kSet, "1", "key", "1"}),
      AllOf(StartsWith("-NOPERM holdfast: 'EVAL' is blocked in environment 'default' (rule 'scripts')"),
            HasSubstr("ACL SETUSER")));
  EXPECT_TRUE(holdfast.wait_log("does not let Holdfast give scripts the rights"));
  EXPECT_EQ(holdfast.ready_status(), 200);
  EXPECT_THAT(holdfast.ready_page(), AllOf(StartsWith("ready\n"), HasSubstr("ACL SETUSER")));
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[2]");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_TRUE(is_error(client.command({"EVAL", kFlush, "0"}), "NOPERM"));
  EXPECT_THAT(client.command({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_EQ(client.command({"GET", "key"}), "2");
}

TEST(Scripts, UncheckedMayDoWhatHoldfastMay) {
  Stack stack({.environment = "scripts = { mode = \"unchecked\" }\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"SET", "key", "1"});
  EXPECT_EQ(client.command({"EVAL", kFlush, "0"}), "OK");
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  EXPECT_THAT(RedisClient(stack.redis.port()).command({"ACL", "USERS"}), Not(HasSubstr("holdfast")));
}

// Only what is in the files, by content or name; and it is there before the first client, and again after a
// restart of Redis.
TEST(Scripts, OfAnAllowlistAndNoOthers) {
  TempDir dir;
  const std::string get = "return redis.call('GET', KEYS[1])";
  const std::string library =
      "#!lua name=orders\nredis.register_function('order_get', function(keys) return redis.call('GET', "
      "keys[1]) end)";
  write_file(dir.file("get.lua"), get);
  write_file(dir.file("orders.lua"), library);
  Stack stack({.journal = "enabled = false\n",
               .environment = "durability = \"none\"\nscripts = { mode = \"allowlist\", files = [\"" +
                              dir.file("*.lua") + "\"] }\n"});
  RedisClient client(stack.holdfast.port());
  const std::string sha = RedisClient(stack.redis.port()).command({"SCRIPT", "LOAD", get});
  const auto all_works = [&] {
    EXPECT_TRUE(wait_reply(client, {"SET", "key", "1"}, "OK"));
    EXPECT_TRUE(wait_reply(client, {"EVALSHA", sha, "1", "key"}, "1"));
    EXPECT_EQ(client.command({"EVAL", get, "1", "key"}), "1");
    EXPECT_EQ(client.command({"EVAL_RO", get, "1", "key"}), "1");
    EXPECT_EQ(client.command({"FCALL", "order_get", "1", "key"}), "1");
    EXPECT_EQ(client.command({"SCRIPT", "LOAD", get}), sha);
    EXPECT_EQ(client.command({"FUNCTION", "LOAD", "REPLACE", library}), "orders");
    EXPECT_THAT(client.command({"EVAL", get + " ", "1", "key"}),
                StartsWith("-NOPERM holdfast: 'EVAL' is blocked in environment 'default' (rule 'scripts')"));
    EXPECT_TRUE(is_error(client.command({"EVALSHA", std::string(40, 'a'), "0"}), "NOPERM"));
    EXPECT_TRUE(is_error(client.command({"FCALL", "other", "0"}), "NOPERM"));
    EXPECT_TRUE(is_error(client.command({"SCRIPT", "LOAD", "return 1"}), "NOPERM"));
    EXPECT_TRUE(is_error(client.command({"FUNCTION", "LOAD", library + "\n"}), "NOPERM"));
  };
  all_works();
  stack.redis.stop();
  stack.redis.start();
  all_works();
}

TEST(Scripts, OfWhoMayDoEverythingNeedNoUser) {
  Stack stack({.environment = "block = []\nunknown_commands = \"allow\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"EVAL", kSet, "1", "key", "1"}), "OK");
  EXPECT_THAT(RedisClient(stack.redis.port()).command({"ACL", "USERS"}), Not(HasSubstr("holdfast")));
}

}  // namespace
}  // namespace holdfast::testing
