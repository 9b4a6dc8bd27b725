// Limits on a real Redis: what is over one is refused in its place, and what another client does is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

// Slow enough that no token comes back while the test runs.
std::string limit(const std::string& lines) {
  return "[[environment.default.limit]]\n" + lines;
}

TEST(Limits, ARateIsSharedByAUsersConnectionsOnAllWorkers) {
  Stack stack({.server = "workers = 2\n",
               .environment = limit("name = \"sets\"\ncommands = [\"set\"]\nrate = \"10/h\"\nburst = 5\n")});
  int served = 0;
  std::string refusal;
  for (int i = 0; i < 8; ++i) {
    RedisClient client(stack.holdfast.port());
    const std::string reply = client.command({"SET", "k", "v"});
    if (reply == "OK")
      ++served;
    else
      refusal = reply;
    EXPECT_EQ(client.command({"GET", "k"}), "v");
  }
  EXPECT_EQ(served, 5);
  EXPECT_THAT(refusal,
              HasSubstr("TRYAGAIN holdfast: 'SET' is over the limit of 10/h for its user in environment "
                        "'default' (rule 'sets'); try again in "));
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"refused\"}"),
            3);
}

TEST(Limits, ARatePerConnectionBeginsWithEachOne) {
  Stack stack({.environment = limit("name = \"all\"\nrate = \"3/h\"\nper = \"connection\"\n")});
  for (int i = 0; i < 3; ++i) {
    RawClient client(stack.holdfast.port());
    client.send("PING\r\nPING\r\nMULTI\r\nPING\r\nPING\r\n");
    EXPECT_EQ(client.read_reply(), "+PONG\r\n");
    EXPECT_EQ(client.read_reply(), "+PONG\r\n");
    EXPECT_EQ(client.read_reply(), "+OK\r\n");
    for (int n = 0; n < 2; ++n) EXPECT_THAT(client.read_reply(), HasSubstr("-TRYAGAIN"));
  }
}

TEST(Limits, ARefusalInsideMultiAbortsIt) {
  Stack stack({.environment = limit("name = \"few\"\ncommands = [\"incr\"]\nrate = \"1/h\"\n")});
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nINCR n\r\nINCR n\r\nEXEC\r\nGET n\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_THAT(client.read_reply(), HasSubstr("-TRYAGAIN"));
  EXPECT_THAT(client.read_reply(), HasSubstr("-EXECABORT"));
  EXPECT_EQ(client.read_reply(), "$-1\r\n");
}

TEST(Limits, SizesAndNumbersOfArguments) {
  Stack stack({.environment = limit("name = \"small\"\nmax_value = \"1MiB\"\nmax_arguments = 5\n") +
                              limit("name = \"told\"\nmax_arguments = 3\nmode = \"audit\"\n")});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "k", std::string(1 << 20, 'x')}), "OK");
  EXPECT_THAT(client.command({"SET", "k", std::string((1 << 20) + 1, 'x')}),
              HasSubstr("NOPERM holdfast: 'SET' with an argument of more than 1MiB is blocked in environment "
                        "'default' (rule 'small')"));
  EXPECT_THAT(client.command({"DEL", "a", "b", "c", "d", "e", "f"}), HasSubstr("with more than 5 arguments"));
  EXPECT_EQ(client.command({"DEL", "a", "b", "c", "d"}), "0");
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"del\",verdict=\"observed\"}"),
            1);
}

TEST(Limits, UnboundedReadsAreRefusedLimitedOrReported) {
  {
    Stack stack({.environment = "unbounded_reads = \"refuse\"\nallow = [\"keys\"]\n"});
    RedisClient client(stack.holdfast.port());
    EXPECT_THAT(
        client.command({"KEYS", "*"}),
        HasSubstr("NOPERM holdfast: 'KEYS', whose reply has no bound, is blocked in environment 'default' "
                  "(rule 'unbounded_reads')"));
    EXPECT_THAT(client.command({"HGETALL", "h"}), HasSubstr("NOPERM"));
    EXPECT_EQ(client.command({"LRANGE", "l", "0", "99"}), "[]");
  }
  Stack stack({.environment = "unbounded_reads = \"limit\"\nunbounded_rate = \"2/h\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"HGETALL", "h"}), "[]");
  EXPECT_EQ(client.command({"SMEMBERS", "s"}), "[]");
  EXPECT_THAT(client.command({"HGETALL", "h"}), HasSubstr("TRYAGAIN"));
  EXPECT_EQ(client.command({"GET", "k"}), "(nil)");
}

TEST(Limits, BlockingClientsAreCounted) {
  Stack stack({.environment = "max_blocking = 1\n"});
  RawClient one(stack.holdfast.port());
  RedisClient two(stack.holdfast.port());
  RedisClient direct(stack.redis.port());
  one.send("BLPOP queue 0\r\n");
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  EXPECT_THAT(two.command({"BLPOP", "other", "0"}),
              HasSubstr("TRYAGAIN holdfast: 'BLPOP' was not sent to Redis"));
  EXPECT_EQ(two.command({"RPUSH", "queue", "v"}), "1");
  EXPECT_EQ(one.read_reply(), "*2\r\n$5\r\nqueue\r\n$1\r\nv\r\n");
  ASSERT_TRUE(wait_until([&] { return two.command({"BLPOP", "other", "0.001"}) == "(nil)"; }));
}

TEST(Limits, ClientsOfOneAddressAreCounted) {
  Stack stack({.environment = "max_clients_per_address = 2\n"});
  RawClient one(stack.holdfast.port());
  EXPECT_EQ(one.command({"PING"}), "+PONG\r\n");
  {
    RawClient two(stack.holdfast.port());
    EXPECT_EQ(two.command({"PING"}), "+PONG\r\n");
    RawClient three(stack.holdfast.port());
    EXPECT_EQ(three.read_to_end(), "-ERR max number of clients reached\r\n");
  }
  EXPECT_TRUE(wait_until([&] {
    RawClient again(stack.holdfast.port());
    again.send("PING\r\n");
    return again.read_reply() == "+PONG\r\n";
  }));
}

}  // namespace
}  // namespace holdfast::testing
