// Sizes, rates and reads without a bound.
#include "policy/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "config/load.h"
#include "policy/token_bucket.h"
#include "policy/unbounded_reads.h"

namespace holdfast::policy {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;

Limits compiled(const std::string& lines) {
  const auto config = config::load_text("[environment.default]\n" + lines, "h.toml");
  EXPECT_TRUE(config.config.has_value());
  config::ProblemList problems("h.toml");
  Limits limits = Limits::compile(config.config->environments.front(), problems);
  EXPECT_TRUE(problems.empty()) << problems.lines()[0];
  return limits;
}

TEST(TokenBucket, LetsABurstThroughAndThenTheRate) {
  TokenBucket bucket({10, 1'000}, 3);
  uint64_t now = 5 * kSecondNs;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(now), 0u);
  EXPECT_EQ(bucket.take(now), kSecondNs / 10);
  EXPECT_EQ(bucket.take(now + kSecondNs / 20), kSecondNs / 20);
  EXPECT_EQ(bucket.take(now + kSecondNs / 10), 0u);
  EXPECT_NE(bucket.take(now + kSecondNs / 10), 0u);
  EXPECT_FALSE(bucket.is_full(now + kSecondNs / 10));
  EXPECT_TRUE(bucket.is_full(now + kSecondNs));
  // A long pause fills it, and no more.
  now += 100 * kSecondNs;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(now), 0u);
  EXPECT_NE(bucket.take(now), 0u);
}

TEST(TokenBucket, ThreadsShareItWithoutALock) {
  TokenBucket bucket({1'000, 1'000}, 1'000);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) taken += bucket.take(kSecondNs) == 0 ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1'000);
}

TEST(Limits, HoldForTheCommandsThatTheyName) {
  const Limits limits = compiled(
      "[[environment.default.limit]]\nname = 'writes'\ncommands = ['@write']\nmax_arguments = 4\n"
      "[[environment.default.limit]]\nname = 'all'\nrate = '5/s'\nmode = 'audit'\n");
  ASSERT_EQ(limits.count(), 2u);
  EXPECT_EQ(limits.of(find_command("set")).size(), 2u);
  EXPECT_EQ(limits.of(find_command("get")).size(), 1u);
  EXPECT_EQ(limits.limit(0).mode, config::Mode::kEnforce);
  EXPECT_EQ(limits.limit(1).mode, config::Mode::kAudit);
  const std::vector<std::string_view> fits = {"MSET", "a", "1", "b", "2"};
  const std::vector<std::string_view> more = {"MSET", "a", "1", "b", "2", "c", "3"};
  EXPECT_EQ(Limits::excess(limits.limit(0), fits), Limits::Excess::kNone);
  EXPECT_EQ(Limits::excess(limits.limit(0), more), Limits::Excess::kArguments);
  EXPECT_EQ(limits.size_refusal(find_command("mset"), limits.limit(0), Limits::Excess::kArguments),
            "-NOPERM holdfast: 'MSET' with more than 4 arguments is blocked in environment 'default' (rule "
            "'writes')\r\n");
  EXPECT_EQ(limits.rate_refusal(find_command("get"), limits.limit(1), kSecondNs / 5),
            "-TRYAGAIN holdfast: 'GET' is over the limit of 5/s for its user in environment 'default' (rule "
            "'all'); try again in 201 ms\r\n");
}

TEST(Limits, AnUnknownCommandIsAnErrorWithItsPlace) {
  const auto config = config::load_text(
      "[[environment.default.limit]]\nname = 'a'\ncommands = ['gett']\nrate = '1/s'\n", "h.toml");
  config::ProblemList problems("h.toml");
  Limits::compile(config.config->environments.front(), problems);
  ASSERT_EQ(problems.lines().size(), 1u);
  EXPECT_EQ(problems.lines()[0],
            "h.toml:3:13: unknown command 'gett' in commands of [[environment.default.limit]]; did you mean "
            "'get'?");
}

bool unbounded(std::vector<std::string_view> arguments) {
  return is_unbounded_read(find_command(arguments[0], ""), arguments);
}

TEST(UnboundedReads, AreThoseWhoseReplyGrowsWithTheData) {
  EXPECT_TRUE(unbounded({"KEYS", "*"}));
  EXPECT_TRUE(unbounded({"HGETALL", "h"}));
  EXPECT_TRUE(unbounded({"SMEMBERS", "s"}));
  EXPECT_TRUE(unbounded({"LRANGE", "l", "0", "-1"}));
  EXPECT_TRUE(unbounded({"LRANGE", "l", "5", "-5"}));
  EXPECT_TRUE(unbounded({"LRANGE", "l", "0", "1000"}));
  EXPECT_TRUE(unbounded({"LRANGE", "l", "-2000", "-1"}));
  EXPECT_TRUE(unbounded({"ZRANGE", "z", "0", "-1"}));
  EXPECT_TRUE(unbounded({"ZRANGE", "z", "-inf", "+inf", "BYSCORE"}));
  EXPECT_TRUE(unbounded({"ZRANGE", "z", "-inf", "+inf", "BYSCORE", "LIMIT", "0", "-1"}));
  EXPECT_TRUE(unbounded({"ZRANGEBYSCORE", "z", "1", "2"}));
  EXPECT_TRUE(unbounded({"ZREVRANGE", "z", "0", "-1", "WITHSCORES"}));
  EXPECT_TRUE(unbounded({"SORT", "l"}));
  EXPECT_TRUE(unbounded({"SCAN", "0", "COUNT", "100000"}));
  EXPECT_TRUE(unbounded({"HSCAN", "h", "0", "COUNT", "5", "COUNT", "5000"}));
  EXPECT_TRUE(unbounded({"XRANGE", "x", "-", "+"}));
  EXPECT_TRUE(unbounded({"XREAD", "STREAMS", "x", "0"}));
  EXPECT_TRUE(unbounded({"SRANDMEMBER", "s", "-5000"}));
  EXPECT_TRUE(unbounded({"GEOSEARCH", "g", "FROMMEMBER", "m", "BYRADIUS", "1", "m"}));
}

TEST(UnboundedReads, AreNotThoseThatSayHowMuchTheyWant) {
  EXPECT_FALSE(unbounded({"LRANGE", "l", "0", "999"}));
  EXPECT_FALSE(unbounded({"LRANGE", "l", "-100", "-1"}));
  EXPECT_FALSE(unbounded({"LRANGE", "l", "-1", "0"}));
  EXPECT_FALSE(unbounded({"LRANGE", "l", "a", "b"}));
  EXPECT_FALSE(unbounded({"LRANGE", "l"}));
  EXPECT_FALSE(unbounded({"ZRANGE", "z", "0", "9"}));
  EXPECT_FALSE(unbounded({"ZRANGE", "z", "(1", "5", "BYSCORE", "LIMIT", "0", "10"}));
  EXPECT_FALSE(unbounded({"ZRANGEBYSCORE", "z", "1", "2", "LIMIT", "0", "10"}));
  EXPECT_FALSE(unbounded({"SORT", "l", "LIMIT", "0", "10"}));
  EXPECT_FALSE(unbounded({"SCAN", "0"}));
  EXPECT_FALSE(unbounded({"SCAN", "0", "COUNT", "1000"}));
  EXPECT_FALSE(unbounded({"XREAD", "COUNT", "10", "STREAMS", "x", "0"}));
  EXPECT_FALSE(unbounded({"SRANDMEMBER", "s"}));
  EXPECT_FALSE(unbounded({"HRANDFIELD", "h", "5"}));
  EXPECT_FALSE(unbounded({"GET", "k"}));
  EXPECT_FALSE(unbounded({"MGET", "a", "b"}));
}

}  // namespace
}  // namespace holdfast::policy
