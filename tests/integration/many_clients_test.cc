// Ten thousand idle clients cost little; one that sends a byte at a time costs nothing but its own time.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <list>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOLDFAST_SANITIZED 1
#else
#define HOLDFAST_SANITIZED 0
#endif

namespace holdfast::testing {
namespace {

constexpr int kClients = 10'000;
constexpr double kBytesPerClientMax = 4'096;

TEST(ManyClients, TenThousandIdleOnesCostAFewKilobytesEach) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max < kClients + 500) GTEST_SKIP() << "too few open files are allowed: " << files.rlim_max;
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  Stack stack({.environment = "max_clients = 20000\n"});
  const auto memory = [&] { return stack.holdfast.metric("process_resident_memory_bytes"); };
  // What the first ones make it allocate is there for all.
  std::list<RawClient> clients;
  const auto connect_until = [&](size_t count) {
    while (clients.size() < count) {
      RawClient& client = clients.emplace_back(stack.holdfast.port());
      ASSERT_EQ(client.command({"SET", "key", "value"}), "+OK\r\n");
    }
  };
  connect_until(100);
  const double before = memory();
  connect_until(kClients);
  const double each = (memory() - before) / (kClients - 100);
  RecordProperty("bytes_per_client", static_cast<int>(each));
  if (!HOLDFAST_SANITIZED) {
    EXPECT_LT(each, kBytesPerClientMax);
  }
  EXPECT_EQ(stack.holdfast.metric("holdfast_clients{environment=\"default\"}"), kClients);
  EXPECT_EQ(clients.front().command({"GET", "key"}), "$5\r\nvalue\r\n");
  EXPECT_EQ(clients.back().command({"GET", "key"}), "$5\r\nvalue\r\n");
}

TEST(ManyClients, OneThatSendsAByteAtATimeIsServedAndHoldsUpNobody) {
  Stack stack;
  RawClient slow(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  const std::string request = encode_request({"SET", "key", "value"}) + "INCR n\r\n" +
                              encode_request({"MULTI"}) + encode_request({"GET", "key"}) +
                              encode_request({"EXEC"});
  int n = 0;
  for (const char c : request) {
    ASSERT_TRUE(slow.send(std::string_view(&c, 1)));
    ASSERT_EQ(other.command({"INCR", "other"}), std::to_string(++n));
  }
  EXPECT_EQ(slow.read_reply(), "+OK\r\n");
  EXPECT_EQ(slow.read_reply(), ":1\r\n");
  EXPECT_EQ(slow.read_reply(), "+OK\r\n");
  EXPECT_EQ(slow.read_reply(), "+QUEUED\r\n");
  EXPECT_EQ(slow.read_reply(), "*1\r\n$5\r\nvalue\r\n");
}

TEST(ManyClients, OneThatEndsItsHalfBehindAPipelineGetsEveryReply) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  std::string requests;
  std::string expected;
  for (int i = 1; i <= 10'000; ++i) {
    requests += "INCR n\r\n";
    expected += ":" + std::to_string(i) + "\r\n";
  }
  client.send(requests);
  client.socket().finish_sending();
  EXPECT_TRUE(client.read_to_end() == expected);
}

}  // namespace
}  // namespace holdfast::testing
