// The wire format at its edges: inline commands, single bytes, and what is not RESP at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(Protocol, InlineCommandsWorkAsInATelnetSession) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("PING\r\nset key \"two words\"\nGET key\r\n\r\n   \r\nSET 'q\\'s' \"\\x41\\n\"\r\nGET q's\r\n");
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "$9\r\ntwo words\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "-ERR Protocol error: unbalanced quotes in request\r\n");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Protocol, EveryRequestMayComeOneByteAtATime) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  const std::string requests = encode_request({"SET", "key", "a\r\nb"}) + "GET key\r\n" + "MULTI\r\n" +
                               encode_request({"APPEND", "key", "c"}) + encode_request({"EXEC"}) +
                               encode_request({"FLUSHALL"}) + encode_request({"SELECT", "1"}) +
                               encode_request({"GET", "key"}) + "QUIT\r\n";
  for (const char byte : requests) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read_to_end(),
            "+OK\r\n$4\r\na\r\nb\r\n+OK\r\n+QUEUED\r\n*1\r\n:5\r\n"
            "-NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')\r\n"
            "+OK\r\n$-1\r\n+OK\r\n");
}

// What each of these gets from Redis itself is asked there, at the same time.
TEST(Protocol, WhatIsNotRespIsAnsweredAndClosedAsByRedis) {
  Stack stack;
  const std::string too_long(70'000, 'x');
  for (const std::string& bytes : std::vector<std::string>{
           "*1\r\n+PING\r\n",
           "*x\r\n",
           "*3000000000\r\n",
           "*1\r\n$x\r\n",
           "*1\r\n$-1\r\n",
           "*1\r\n$999999999999\r\n",
           "*2\r\n$3\r\nGET\r\n:1\r\n",
           "GET \"unbalanced\r\n",
           too_long,
           "*1" + too_long,
           "*1\r\n$1" + too_long,
       }) {
    RawClient direct(stack.redis.port());
    RawClient through(stack.holdfast.port());
    direct.send("SET before 1\r\n" + bytes);
    through.send("SET before 1\r\n" + bytes);
    EXPECT_EQ(through.read_to_end(), direct.read_to_end()) << bytes.substr(0, 40);
  }
  EXPECT_EQ(stack.holdfast.metric("holdfast_protocol_errors_total{environment=\"default\"}"), 11);
}

TEST(Protocol, EmptyRequestsAreNothing) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("*0\r\n*-1\r\n\r\nPING\r\n");
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
}

TEST(Protocol, AnHttpRequestIsClosedWithoutBeingExecuted) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1:6380\r\n\r\nSET key 1\r\n");
  client.socket().finish_sending();
  const std::string replies = client.read_to_end();
  EXPECT_EQ(replies.find("+OK"), std::string::npos) << replies;
  RedisClient after(stack.holdfast.port());
  EXPECT_EQ(after.command({"EXISTS", "key"}), "0");
}

}  // namespace
}  // namespace holdfast::testing
