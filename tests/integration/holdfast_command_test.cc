// From redis-cli alone: INFO with a section of Holdfast's own, and HOLDFAST.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/child_process.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::vector<std::string> kDebug = {"--enable-debug-command", "yes"};

std::string field(const std::string& info, const std::string& name) {
  const size_t at = info.find("\r\n" + name + ":");
  if (at == std::string::npos) return "(none)";
  const size_t begin = at + name.size() + 3;
  return info.substr(begin, info.find("\r\n", begin) - begin);
}

TEST(InfoHoldfast, IsABulkStringOfFields) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.command({"SET", "key", "1"});
  client.command({"FLUSHALL"});
  const std::string reply = client.command({"INFO", "HoldFast"});
  EXPECT_THAT(reply, AllOf(StartsWith("$"), HasSubstr("\r\n# Holdfast\r\nholdfast_version:")));
  EXPECT_EQ(field(reply, "holdfast_ready"), "1");
  EXPECT_EQ(field(reply, "holdfast_environment"), "default");
  EXPECT_EQ(field(reply, "holdfast_durability"), "sync");
  EXPECT_EQ(field(reply, "holdfast_clients"), "1");
  EXPECT_EQ(field(reply, "holdfast_refused"), "1");
  EXPECT_EQ(field(reply, "holdfast_upstream_up"), "1");
  EXPECT_EQ(field(reply, "holdfast_journal_accepting"), "1");
  EXPECT_EQ(field(reply, "holdfast_journal_lag_bytes"), "0");
  RawClient third(stack.holdfast.port());
  third.command({"HELLO", "3"});
  EXPECT_THAT(third.command({"INFO", "holdfast"}),
              AllOf(StartsWith("="), HasSubstr("\r\ntxt:# Holdfast\r\n")));
}

TEST(InfoHoldfast, IsTheEndOfInfo) {
  Stack stack;
  for (const std::string protocol : {"2", "3"}) {
    RawClient client(stack.holdfast.port());
    client.command({"HELLO", protocol});
    const std::vector<std::vector<std::string>> with = {{"INFO"},
                                                        {"info", "all"},
                                                        {"INFO", "everything"},
                                                        {"INFO", "default"},
                                                        {"INFO", "server", "holdfast"}};
    for (const auto& command : with) {
      const std::string reply = client.command(command);
      EXPECT_THAT(reply,
                  AllOf(HasSubstr("# Server\r\n"), HasSubstr("\r\n\r\n# Holdfast\r\n"), EndsWith("\r\n\r\n")))
          << command.back();
      EXPECT_EQ(reply[0], protocol == "2" ? '$' : '=');
      EXPECT_GT(reply.find("# Holdfast"), reply.find("# Server"));
      EXPECT_EQ(std::stoul(reply.substr(1)), reply.size() - reply.find("\r\n") - 4) << "its length is right";
    }
    EXPECT_THAT(client.command({"INFO", "server"}), Not(HasSubstr("Holdfast")));
    EXPECT_THAT(client.command({"INFO", "nonsense"}), Not(HasSubstr("Holdfast")));
  }
}

// A client that takes INFO apart must be able to: no value looks like a table that is none.
TEST(InfoHoldfast, HasOneValueALine) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  stack.redis.kill();
  ASSERT_TRUE(wait_until([&] {
    return field(client.command({"INFO", "holdfast"}), "holdfast_ready") == "0";
  }));
  std::string info = client.command({"INFO", "holdfast"});
  EXPECT_NE(field(info, "holdfast_problem"), "(none)");
  info.erase(0, info.find("holdfast_version"));
  for (size_t at = 0; at + 2 < info.size();) {
    const size_t end = info.find("\r\n", at);
    const std::string line = info.substr(at, end - at);
    EXPECT_THAT(line, StartsWith("holdfast_"));
    EXPECT_FALSE(line.find(',') != std::string::npos && line.find('=') != std::string::npos) << line;
    at = end + 2;
  }
}

TEST(InfoHoldfast, KeepsItsPlaceInPipelinesAndTransactions) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  client.append({"SET", "key", "1"});
  client.append({"INFO"});
  client.append({"INFO", "holdfast"});
  client.append({"HOLDFAST", "HELP"});
  client.append({"GET", "key"});
  EXPECT_EQ(client.next_reply(), "OK");
  EXPECT_THAT(client.next_reply(), AllOf(HasSubstr("# Keyspace"), HasSubstr("# Holdfast")));
  EXPECT_THAT(client.next_reply(), StartsWith("# Holdfast"));
  EXPECT_THAT(client.next_reply(), StartsWith("[HOLDFAST <subcommand>"));
  EXPECT_EQ(client.next_reply(), "1");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INFO", "holdfast"}), "QUEUED");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"HOLDFAST", "STATUS"}), "QUEUED");
  EXPECT_EQ(client.command({"INFO", "server"}), "QUEUED");
  EXPECT_THAT(client.command({"EXEC"}),
              AllOf(StartsWith("[# Holdfast"), HasSubstr(", 2, [holdfast "), HasSubstr("# Server")));
}

TEST(HoldfastCommand, StatusSaysHowItIs) {
  Stack stack({.environment = "block = ['@builtin', 'get']\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"GET", "key"});
  EXPECT_THAT(
      client.command({"HOLDFAST", "STATUS"}),
      AllOf(HasSubstr(": ready,"), HasSubstr("environment  default: mode enforce, durability sync"),
            HasSubstr("1 refused"), HasSubstr("upstream     main: up"), HasSubstr("journal      accepting")));
  stack.redis.kill();
  ASSERT_TRUE(wait_until([&] {
    const std::string status = client.command({"holdfast", "status"});
    return status.find("NOT READY") != std::string::npos && status.find("main: DOWN") != std::string::npos &&
           status.find("problem      upstream 'main'") != std::string::npos;
  }));
}

TEST(HoldfastCommand, ExplainDecidesAsTheSessionDoes) {
  Stack stack({.environment = "auth = 'users'\n"
                              "[environment.default.user.default]\nacl = 'nopass +@all ~a:*'\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"HOLDFAST", "EXPLAIN", "FLUSHALL"}),
              AllOf(HasSubstr("FLUSHALL in environment 'default' as user 'default'"),
                    HasSubstr("verdict     refused"), HasSubstr("rule        '@builtin'")));
  EXPECT_THAT(client.command({"HOLDFAST", "EXPLAIN", "SET", "a:1", "x"}),
              AllOf(HasSubstr("verdict     allowed"), HasSubstr("durability  sync")));
  EXPECT_THAT(client.command({"HOLDFAST", "EXPLAIN", "SET", "b:1", "x"}), HasSubstr("verdict     refused"));
  EXPECT_EQ(client.command({"GET", "a:1"}), "(nil)") << "nothing was run";
  // What a reload has changed holds here, too.
  stack.holdfast.config().environment =
      "auth = 'users'\nallow = ['flushall']\n"
      "[environment.default.user.default]\nacl = 'nopass +@all ~*'\n";
  stack.holdfast.write_config();
  stack.holdfast.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] {
    return client.command({"HOLDFAST", "EXPLAIN", "FLUSHALL"}).find("verdict     allowed") !=
           std::string::npos;
  }));
}

TEST(HoldfastCommand, SlowlogShowsWhereTimeWentAndNoValue) {
  Stack stack({.server = "slow_log_threshold = '20ms'\n", .environment = "allow = ['debug']\n"}, kDebug);
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"HOLDFAST", "SLOWLOG"}), "[]");
  client.append({"DEBUG", "SLEEP", "0.03"});
  client.append({"SET", "order:7\r\nx", "secret"});
  client.next_reply();
  client.next_reply();
  const std::string shown = client.command({"HOLDFAST", "SLOWLOG"});
  EXPECT_THAT(shown, AllOf(HasSubstr("DEBUG"), HasSubstr("SET order:7??x"), HasSubstr("(queued "),
                           HasSubstr("redis "), HasSubstr("durable "),
                           HasSubstr("user default, client 127.0.0.1:"), Not(HasSubstr("secret"))));
  EXPECT_THAT(client.command({"HOLDFAST", "SLOWLOG", "1"}), AllOf(HasSubstr("SET"), Not(HasSubstr("DEBUG"))));
  EXPECT_EQ(client.command({"HOLDFAST", "SLOWLOG", "0"}), "[]");
  EXPECT_EQ(client.command({"HOLDFAST", "SLOWLOG", "-1"}), shown);
  EXPECT_EQ(client.command({"HOLDFAST", "SLOWLOG", "-2"}),
            "-ERR count should be greater than or equal to -1");
  EXPECT_EQ(client.command({"HOLDFAST", "SLOWLOG", "many"}), "-ERR value is not an integer or out of range");
}

TEST(HoldfastCommand, ErrorsAreInTheWordsOfRedis) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"HOLDFAST"}), "-ERR wrong number of arguments for 'holdfast' command");
  EXPECT_EQ(client.command({"HOLDFAST", "NONSENSE"}),
            "-ERR unknown subcommand 'NONSENSE'. Try HOLDFAST HELP.");
  EXPECT_EQ(client.command({"HOLDFAST", "STATUS", "now"}),
            "-ERR wrong number of arguments for 'holdfast|status' command");
  EXPECT_EQ(client.command({"HOLDFAST", "EXPLAIN"}),
            "-ERR wrong number of arguments for 'holdfast|explain' command");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_THAT(client.command({"HOLDFAST", "NONSENSE"}), StartsWith("-ERR unknown subcommand"));
  EXPECT_THAT(client.command({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_THAT(client.command({"HOLDFAST", "HELP"}), HasSubstr("SLOWLOG [<count>]"));
  EXPECT_THAT(client.command({"SUBSCRIBE", "channel"}), StartsWith("[subscribe"));
  EXPECT_THAT(client.command({"HOLDFAST", "STATUS"}), StartsWith("-ERR Can't execute 'holdfast|status'"));
}

TEST(HoldfastCommand, IsAllowedToThoseWhomPolicyAllows) {
  Stack stack({.environment = "auth = 'users'\n"
                              "[environment.default.user.default]\nacl = 'nopass -@all +holdfast|status'\n"
                              "[environment.default.user.admin]\nacl = 'nopass +holdfast -holdfast|slowlog'\n"
                              "[environment.default.user.app]\nacl = 'nopass +@all -@dangerous'\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"HOLDFAST", "STATUS"}), StartsWith("[holdfast"));
  EXPECT_THAT(client.command({"HOLDFAST", "SLOWLOG"}), StartsWith("-NOPERM"));
  EXPECT_THAT(client.command({"HOLDFAST", "HELP"}), StartsWith("-NOPERM"));
  EXPECT_EQ(client.command({"AUTH", "admin", "x"}), "OK");
  EXPECT_THAT(client.command({"HOLDFAST", "HELP"}), StartsWith("[HOLDFAST"));
  EXPECT_THAT(client.command({"HOLDFAST", "SLOWLOG"}), StartsWith("-NOPERM"));
  EXPECT_EQ(client.command({"AUTH", "app", "x"}), "OK");
  EXPECT_THAT(client.command({"HOLDFAST", "EXPLAIN", "GET", "k"}), StartsWith("[GET k in environment"));
  EXPECT_THAT(client.command({"HOLDFAST", "STATUS"}), StartsWith("-NOPERM"));
}

TEST(HoldfastCommand, CanBeBlockedAndNeedsNoRedis) {
  Stack stack({.environment = "block = ['@builtin', 'holdfast|slowlog']\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"HOLDFAST", "SLOWLOG"}),
              HasSubstr("'HOLDFAST SLOWLOG' is blocked in environment 'default'"));
  stack.redis.kill();
  EXPECT_THAT(client.command({"HOLDFAST", "STATUS"}), StartsWith("[holdfast"));
  EXPECT_THAT(client.command({"INFO", "holdfast"}), StartsWith("# Holdfast"));
}

// A user's scripts have a user in Redis with the same rights, and that has no such command.
TEST(HoldfastCommand, DoesNotStandInTheWayOfScripts) {
  Stack stack({.environment = "auth = 'users'\n"
                              "[environment.default.user.default]\nacl = 'nopass +@all -flushdb ~*'\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"EVAL", "return redis.call('get', KEYS[1])", "1", "key"}), "(nil)");
}

TEST(HoldfastCommand, ReadsWellInRedisCli) {
  Stack stack;
  std::string output;
  const std::string port = std::to_string(stack.holdfast.port());
  ASSERT_EQ(run_program({"redis-cli", "-p", port, "HOLDFAST", "STATUS"}, output), 0);
  EXPECT_THAT(output, AllOf(StartsWith("holdfast "), HasSubstr("\nupstream     main: up")));
  output.clear();
  ASSERT_EQ(run_program({"redis-cli", "-3", "-p", port, "INFO", "holdfast"}, output), 0);
  EXPECT_THAT(output, StartsWith("# Holdfast"));
}

}  // namespace
}  // namespace holdfast::testing
