#include "base/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using ::testing::HasSubstr;

Endpoint tcp(std::string host, uint16_t port) {
  return {Endpoint::Kind::kTcp, std::move(host), port, ""};
}
Endpoint unix_path(std::string path) {
  return {Endpoint::Kind::kUnix, "", 0, std::move(path)};
}

TEST(Endpoint, ParsesWhatPeopleWrite) {
  const struct {
    const char* text;
    Endpoint expected;
  } kCases[] = {
      {"127.0.0.1:6379", tcp("127.0.0.1", 6379)},
      {"localhost:0", tcp("localhost", 0)},
      {"redis.internal.example:65535", tcp("redis.internal.example", 65535)},
      {"[::1]:6380", tcp("::1", 6380)},
      {"[2001:db8::7]:1", tcp("2001:db8::7", 1)},
      {"unix:/run/redis.sock", unix_path("/run/redis.sock")},
      {"unix:/run/with:colon", unix_path("/run/with:colon")},
  };
  for (const auto& test : kCases) {
    const Result<Endpoint> parsed = Endpoint::parse(test.text);
    ASSERT_TRUE(parsed.ok()) << test.text << ": " << parsed.error().message();
    EXPECT_EQ(parsed.value(), test.expected) << test.text;
    EXPECT_EQ(parsed.value().to_string(), test.text);
  }
}

TEST(Endpoint, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* reason;
  } kCases[] = {
      {"", "write host:port or unix:/path"},
      {"localhost", "write host:port or unix:/path"},
      {":6379", "write host:port or unix:/path"},
      {"localhost:", "the port must be a number from 0 to 65535"},
      {"localhost:http", "the port must be a number from 0 to 65535"},
      {"localhost:65536", "the port must be a number from 0 to 65535"},
      {"localhost:-1", "the port must be a number from 0 to 65535"},
      {"localhost:+1", "the port must be a number from 0 to 65535"},
      {"localhost: 80", "the port must be a number from 0 to 65535"},
      {"localhost:80 ", "the port must be a number from 0 to 65535"},
      {"::1:6379", "an IPv6 address needs brackets"},
      {"unix:", "a unix socket needs an absolute path"},
      {"unix:run/redis.sock", "a unix socket needs an absolute path"},
  };
  for (const auto& test : kCases) {
    const Result<Endpoint> parsed = Endpoint::parse(test.text);
    ASSERT_FALSE(parsed.ok()) << test.text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalid) << test.text;
    EXPECT_THAT(parsed.error().message(), HasSubstr(test.reason)) << test.text;
  }
}

TEST(Endpoint, KnowsWhatStaysOnThisMachine) {
  EXPECT_TRUE(tcp("127.0.0.1", 1).is_loopback_or_unix());
  EXPECT_TRUE(tcp("127.8.9.1", 1).is_loopback_or_unix());
  EXPECT_TRUE(tcp("localhost", 1).is_loopback_or_unix());
  EXPECT_TRUE(tcp("::1", 1).is_loopback_or_unix());
  EXPECT_TRUE(unix_path("/run/redis.sock").is_loopback_or_unix());
  EXPECT_FALSE(tcp("0.0.0.0", 1).is_loopback_or_unix());
  EXPECT_FALSE(tcp("::", 1).is_loopback_or_unix());
  EXPECT_FALSE(tcp("10.0.0.1", 1).is_loopback_or_unix());
  EXPECT_FALSE(tcp("redis.example", 1).is_loopback_or_unix());
}

}  // namespace
}  // namespace holdfast
