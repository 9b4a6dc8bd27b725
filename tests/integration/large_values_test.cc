// Values up to Redis's limit of 512 MB pass in both directions in bounded memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOLDFAST_SANITIZED 1
#else
#define HOLDFAST_SANITIZED 0
#endif

namespace holdfast::testing {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kPrime = 1'000'003;  // pieces are not aligned with anything
constexpr uint64_t kMemoryMaxKib = 64 * 1024;

// A value whose every part can be told from every other: repeated numbers.
const std::string& piece() {
  static const std::string text = [] {
    std::string made;
    for (size_t i = 0; made.size() < kPrime; ++i) made += std::to_string(i) + ",";
    made.resize(kPrime);
    return made;
  }();
  return text;
}

void send_value(RawClient& client, size_t size) {
  client.send("$" + std::to_string(size) + "\r\n");
  for (size_t sent = 0; sent < size;) {
    const size_t now = std::min(size - sent, kPrime);
    ASSERT_TRUE(client.send(std::string_view(piece()).substr(0, now)));
    sent += now;
  }
  client.send("\r\n");
}

// Reads a bulk string of that value; false when a byte is wrong or missing.
bool receive_value(TcpSocket& socket, size_t size) {
  const std::string head = "$" + std::to_string(size) + "\r\n";
  std::string begin;
  while (begin.size() < head.size()) {
    const auto bytes = socket.read_some(head.size() - begin.size());
    if (!bytes || bytes->empty()) return false;
    begin += *bytes;
  }
  if (begin != head) return false;
  size_t received = 0;
  while (received < size + 2) {
    const auto bytes = socket.read_some(std::min(size + 2 - received, kMiB));
    if (!bytes || bytes->empty()) return false;
    for (size_t done = 0; done < bytes->size() && received + done < size;) {
      const size_t in_piece = (received + done) % kPrime;
      const size_t now = std::min({bytes->size() - done, kPrime - in_piece, size - received - done});
      if (bytes->compare(done, now, piece(), in_piece, now) != 0) return false;
      done += now;
    }
    received += bytes->size();
  }
  return true;
}

// Redis disconnects a replica that is this far behind, unless told not to.
const std::vector<std::string> kPatientRedis = {"--client-output-buffer-limit", "replica 0 0 0"};

class LargeValues : public ::testing::TestWithParam<size_t> {};

TEST_P(LargeValues, PassInBothDirectionsUnchanged) {
  Stack stack({.environment = "ack_timeout = \"60s\"\n"}, kPatientRedis);
  RawClient client(stack.holdfast.port());
  const size_t size = GetParam();
  client.send("PING\r\n*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n");
  send_value(client, size);
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.command({"STRLEN", "key"}), ":" + std::to_string(size) + "\r\n");
  client.send("GET key\r\n");
  EXPECT_TRUE(receive_value(client.socket(), size));
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
  if (!HOLDFAST_SANITIZED) {
    EXPECT_LT(stack.holdfast.peak_memory_kib(), kMemoryMaxKib);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, LargeValues,
                         ::testing::Values(128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, kMiB, 5 * kMiB + 7,
                                           64 * kMiB, 512 * kMiB),
                         ::testing::PrintToStringParamName());

TEST(LargeValue, AboveTheLimitIsRefusedAsByRedis) {
  Stack stack;
  const std::string request = "SET before 1\r\n*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$537919488\r\nxyz";
  RawClient direct(stack.redis.port());
  RawClient through(stack.holdfast.port());
  direct.send(request);
  through.send(request);
  EXPECT_EQ(through.read_to_end(), direct.read_to_end());
}

// Neither a barrier nor anything else of Holdfast's own may get into the middle of it.
TEST(LargeValue, ThatComesInPiecesIsStoredAsItWasSent) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  RedisClient direct(stack.redis.port());
  RedisClient other(stack.holdfast.port());
  for (const char* command : {"SET", "GETSET", "APPEND"}) {
    direct.command({"DEL", "key"});
    const std::string name = command;
    client.send("*3\r\n$" + std::to_string(name.size()) + "\r\n" + name + "\r\n$3\r\nkey\r\n$1048576\r\n");
    for (int i = 0; i < 16; ++i) {
      client.send(std::string(kMiB / 16, static_cast<char>('a' + i)));
      ASSERT_EQ(other.command({"SET", "other", "1"}), "OK");
    }
    client.send("\r\n");
    EXPECT_NE(client.read_reply()[0], '-') << name;
    std::string expected;
    for (int i = 0; i < 16; ++i) expected += std::string(kMiB / 16, static_cast<char>('a' + i));
    EXPECT_TRUE(direct.command({"GET", "key"}) == expected) << name;
  }
}

TEST(LargeValue, OtherClientsWorkWhileItPasses) {
  Stack stack;
  RawClient slow(stack.holdfast.port());
  slow.send("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$10485760\r\n");
  slow.send(std::string(kMiB, 'x'));
  RedisClient other(stack.holdfast.port());
  for (int i = 1; i <= 100; ++i) ASSERT_EQ(other.command({"INCR", "counter"}), std::to_string(i));
  slow.send(std::string(9 * kMiB, 'x') + "\r\n");
  EXPECT_EQ(slow.read_reply(), "+OK\r\n");
}

TEST(LargeValue, OfAClientThatDisappearsIsNotWritten) {
  Stack stack;
  RedisClient other(stack.holdfast.port());
  ASSERT_EQ(other.command({"SET", "key", "before"}), "OK");
  {
    RawClient gone(stack.holdfast.port());
    gone.send("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$10485760\r\n" + std::string(2 * kMiB, 'x'));
  }
  EXPECT_EQ(other.command({"SET", "another", "1"}), "OK");
  EXPECT_EQ(other.command({"GET", "key"}), "before");
}

TEST(LargeValue, BehindARefusedCommandIsDropped) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("*2\r\n$8\r\nFLUSHALL\r\n");
  send_value(client, 3 * kMiB);
  client.send("PING\r\n");
  EXPECT_TRUE(client.read_reply().starts_with("-NOPERM holdfast: "));
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
}

TEST(LargeValue, InATransactionIsPartOfIt) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\n*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n");
  send_value(client, 2 * kMiB);
  client.send("STRLEN key\r\nEXEC\r\nSTRLEN key\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(client.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(client.read_reply(), "*2\r\n+OK\r\n:2097152\r\n");
  EXPECT_EQ(client.read_reply(), ":2097152\r\n");
}

TEST(LargeValue, ManyArgumentsPassToo) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  std::vector<std::string> command = {"RPUSH", "list"};
  for (int i = 0; i < 300'000; ++i) command.push_back("element:" + std::to_string(i));
  EXPECT_EQ(client.command(command), "300000");
  EXPECT_EQ(client.command({"LINDEX", "list", "-1"}), "element:299999");
}

// Redis 7 takes as many arguments as fit an int; a loader of data may well send more than a million.
TEST(LargeValue, MoreThanAMillionArgumentsPass) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  constexpr int kElements = 1'200'000;
  std::string request = "*" + std::to_string(kElements + 2) + "\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n";
  for (int i = 0; i < kElements; ++i) request += "$1\r\nx\r\n";
  client.send(request + encode_request({"LLEN", "list"}));
  EXPECT_EQ(client.read_reply(), ":1200000\r\n");
  EXPECT_EQ(client.read_reply(), ":1200000\r\n");
}

}  // namespace
}  // namespace holdfast::testing
