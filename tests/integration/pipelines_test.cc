// Long pipelines: order, completeness, and clients that do not read.
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

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

TEST(Pipelines, AClientThatNeverReadsIsCutOffAtTheLimit) {
  Stack stack({.environment = "output_buffer_limit = \"4MiB\"\n"});
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"SET", "large", std::string(1u << 20, 'x')}), "OK");
  const double before = stack.holdfast.metric("process_resident_memory_bytes");
  RawClient client(stack.holdfast.port());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += encode_request({"GET", "large"});
  EXPECT_TRUE(client.send(requests));
  const char* const clients = "holdfast_clients{environment=\"default\"}";
  const char* const accepted = "holdfast_connections_total{environment=\"default\"}";
  ASSERT_TRUE(wait_until([&] { return stack.holdfast.metric(accepted) == 2; }));
  ASSERT_TRUE(wait_until([&] { return stack.holdfast.metric(clients) == 1; }));
  // The limit, and what one read of the shared link may bring besides.
  EXPECT_LT(stack.holdfast.metric("process_resident_memory_bytes") - before, 32 << 20);
  EXPECT_EQ(other.command({"STRLEN", "large"}), "1048576");
  // What had left before is all that it can read, in whole or in part.
  EXPECT_LT(client.read_to_end().size(), 200u << 20);
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
