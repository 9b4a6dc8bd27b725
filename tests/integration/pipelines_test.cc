// Long pipelines: order, completeness, and clients that do not read.
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

TEST(Pipelines, AHundredThousandRequestsAreAnsweredInOrder) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  constexpr int kRequests = 100'000;
  for (int i = 0; i < kRequests; ++i) client.append({"INCR", "counter"});
  for (int i = 1; i <= kRequests; ++i) ASSERT_EQ(client.next_reply(), std::to_string(i));
}

TEST(Pipelines, ReadsAndWritesOfOnePipelineKeepTheirOrder) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  constexpr int kRounds = 25'000;
  for (int i = 0; i < kRounds; ++i) {
    client.append({"SET", "key", std::to_string(i)});
    client.append({"GET", "key"});
    client.append({"KEYS", "*"});
    client.append({"DBSIZE"});
  }
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_EQ(client.next_reply(), "OK");
    ASSERT_EQ(client.next_reply(), std::to_string(i));
    ASSERT_TRUE(is_error(client.next_reply(), "NOPERM"));
    ASSERT_EQ(client.next_reply(), "1");
  }
}

// 64 MB of replies that nobody reads: other clients must not wait for this one.
TEST(Pipelines, AClientThatDoesNotReadItsRepliesHoldsUpNobodyElse) {
  Stack stack;
  RedisClient writer(stack.holdfast.port());
  ASSERT_EQ(writer.command({"SET", "big", std::string(1 << 20, 'x')}), "OK");
  RawClient lazy(stack.holdfast.port());
  std::string requests;
  for (int i = 0; i < 64; ++i) requests += encode_request({"GET", "big"});
  lazy.send(requests);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(writer.command({"INCR", "counter"}), std::to_string(i + 1));
  for (int i = 0; i < 64; ++i) ASSERT_EQ(lazy.read_reply().size(), (1u << 20) + 12);
}

TEST(Pipelines, WritingAndReadingAtTheSameTimeWorksForAsLongAsItTakes) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  constexpr int kRequests = 2'000;
  const std::string value(20'000, 'v');
  std::thread sender([&] {
    for (int i = 0; i < kRequests; ++i) client.send(encode_request({"ECHO", value}));
  });
  const std::string expected = "$20000\r\n" + value + "\r\n";
  int wrong = 0;
  for (int i = 0; i < kRequests; ++i) wrong += client.read_reply() != expected;
  sender.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace holdfast::testing
