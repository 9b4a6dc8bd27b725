// What an environment refuses, and that a refusal harms nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Policy, RefusalsTakeTheirPlaceInThePipeline) {
  Stack stack({.environment = "allow = ['script|debug']\n"});
  RawClient client(stack.holdfast.port());
  client.send(
      "SET key 1\r\nFLUSHALL\r\nINCR key\r\nNOSUCHCOMMAND x\r\nINCR key\r\nSCRIPT DEBUG YES\r\nINCR key\r\n"
      "CONFIG SET maxmemory 1\r\nCONFIG NONSENSE\r\nGET key\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(),
            "-NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')\r\n");
  EXPECT_EQ(client.read_reply(), ":2\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast: "));
  EXPECT_EQ(client.read_reply(), ":3\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-ERR holdfast: 'SCRIPT DEBUG' is not supported"));
  EXPECT_EQ(client.read_reply(), ":4\r\n");
  EXPECT_EQ(client.read_reply(),
            "-NOPERM holdfast: 'CONFIG SET' is blocked in environment 'default' (rule '@builtin')\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM holdfast: "));
  EXPECT_EQ(client.read_reply(), "$1\r\n4\r\n");
}

TEST(Policy, NothingThatIsBlockedReachesRedis) {
  Stack stack;
  RedisClient direct(stack.redis.port());
  direct.command({"SET", "key", "1"});
  RedisClient client(stack.holdfast.port());
  const std::vector<std::vector<std::string>> commands = {
      {"FLUSHALL"},
      {"flushdb"},
      {"KEYS", "*"},
      {"DEBUG", "SLEEP", "0"},
      {"SHUTDOWN"},
      {"SAVE"},
      {"SWAPDB", "0", "1"},
      {"CONFIG", "SET", "dir", "/"},
      {"CONFIG", "REWRITE"},
      {"REPLICAOF", "h", "1"},
      {"SLAVEOF", "h", "1"},
      {"FAILOVER"},
      {"MIGRATE", "h", "1", "k", "0", "1"},
      {"ACL", "SETUSER", "x"},
      {"MODULE", "LOAD", "x"},
      {"SCRIPT", "FLUSH"},
      {"FUNCTION", "FLUSH"},
      {"MONITOR"},
      {"PSYNC", "?", "-1"},
      {"SYNC"},
      {"REPLCONF", "x", "y"},
      {"CLIENT", "KILL", "TYPE", "replica"},
      {"CLIENT", "PAUSE", "1"},
      {"SLOWLOG", "RESET"},
      {"cOnFiG", "sEt", "x", "y"},
  };
  for (const auto& command : commands) {
    const std::string reply = client.command(command);
    EXPECT_TRUE(is_error(reply, "NOPERM")) << command[0] << ": " << reply;
  }
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  for (const std::string name : {"flushall", "keys", "debug", "save", "swapdb", "config|set", "acl|setuser"})
    EXPECT_EQ(direct.info("commandstats", "cmdstat_" + name), "") << name;
}

TEST(Policy, UnsupportedCommandsSayWhatToDoAndTheConnectionGoesOn) {
  Stack stack({.environment = "block = []\n"});
  RedisClient client(stack.holdfast.port());
  const std::vector<std::vector<std::string>> commands = {
      {"PSYNC", "?", "-1"},
      {"SYNC"},
      {"REPLCONF", "ACK", "1"},
      {"SCRIPT", "DEBUG", "YES"},
  };
  for (const auto& command : commands) {
    const std::string reply = client.command(command);
    EXPECT_TRUE(is_error(reply, "ERR")) << command[0] << ": " << reply;
    EXPECT_THAT(reply, HasSubstr("is not supported by this version"));
    EXPECT_EQ(client.command({"INCR", "n:" + command[0] + command.back()}), "1");
  }
}

TEST(Policy, AuditReportsAndLetsThrough) {
  Stack stack({.environment = "mode = \"audit\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(client.command({"KEYS", "*"}), "[key]");
  EXPECT_EQ(client.command({"FLUSHALL"}), "OK");
  EXPECT_EQ(client.command({"DBSIZE"}), "0");
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"flushall\",verdict=\"observed\"}"),
            1);
}

TEST(Policy, UnknownCommandsAreRefusedUnlessAllowed) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  const std::string refusal = client.command({"NOSUCH.COMMAND", "x"});
  EXPECT_TRUE(is_error(refusal, "NOPERM")) << refusal;
  EXPECT_THAT(refusal, HasSubstr("unknown_commands"));
  EXPECT_EQ(client.command({"PING"}), "PONG");

  Stack open({.environment = "unknown_commands = \"allow\"\n"});
  RedisClient allowed(open.holdfast.port());
  EXPECT_THAT(allowed.command({"NOSUCH.COMMAND", "x"}), StartsWith("-ERR unknown command 'NOSUCH.COMMAND'"));
  EXPECT_EQ(allowed.command({"SET", "key", "1"}), "OK");
}

TEST(Policy, BlockAndAllowAreObeyed) {
  Stack stack(
      {.environment =
           "block = [\"@builtin\", \"@scripting\", \"config\"]\nallow = [\"keys\", \"config|get\"]\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"KEYS", "*"}), "[]");
  EXPECT_EQ(client.command({"CONFIG", "GET", "maxmemory"}), "[maxmemory, 0]");
  EXPECT_THAT(client.command({"CONFIG", "HELP"}), HasSubstr("(rule 'config')"));
  EXPECT_THAT(client.command({"EVAL", "return 1", "0"}), HasSubstr("(rule '@scripting')"));
  EXPECT_THAT(client.command({"FLUSHALL"}), HasSubstr("(rule '@builtin')"));
}

TEST(Policy, OneKindOfCommandCanBeAllThatIsAllowed) {
  Stack stack({.environment = "block = [\"@all\"]\nallow = [\"@read\", \"@connection\"]\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  EXPECT_EQ(client.command({"PING"}), "PONG");
  EXPECT_THAT(client.command({"SET", "key", "1"}),
              HasSubstr("'SET' is blocked in environment 'default' (rule '@all')"));
}

TEST(Policy, EveryEnvironmentHasItsOwnRules) {
  RedisServer redis;
  HoldfastConfig config;
  config.environment = "[environment.admin]\nlisten = [\"127.0.0.1:0\"]\nblock = []\n";
  Holdfast holdfast(redis, config);
  RedisClient application(holdfast.port());
  ASSERT_TRUE(holdfast.wait_log("for environment 'admin'"));
  const std::string log = holdfast.log();
  const size_t end = log.find(" for environment 'admin'");
  const size_t begin = log.rfind("127.0.0.1:", end);
  RedisClient admin(std::stoi(log.substr(begin + 10)));
  EXPECT_EQ(application.command({"SET", "key", "1"}), "OK");
  EXPECT_TRUE(is_error(application.command({"FLUSHALL"}), "NOPERM"));
  EXPECT_EQ(admin.command({"FLUSHALL"}), "OK");
  EXPECT_EQ(application.command({"EXISTS", "key"}), "0");
}

}  // namespace
}  // namespace holdfast::testing
