#include "config/redis_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::config {
namespace {

struct Good {
  const char* text;
  const char* endpoint;
  const char* user;
  const char* password;
};

TEST(RedisUrl, ReadsEveryForm) {
  const Good cases[] = {
      {"redis://127.0.0.1:6379", "127.0.0.1:6379", "", ""},
      {"redis://cache", "cache:6379", "", ""},
      {"redis://cache/", "cache:6379", "", ""},
      {"redis://cache:7000/", "cache:7000", "", ""},
      {"redis://[::1]", "[::1]:6379", "", ""},
      {"redis://[::1]:7000", "[::1]:7000", "", ""},
      {"rediss://:secret@cache", "cache:6379", "", "secret"},
      {"redis://:secret@cache", "cache:6379", "", "secret"},
      {"redis://app:secret@cache:7000", "cache:7000", "app", "secret"},
      {"redis://app@cache", "cache:6379", "app", ""},
      {"redis://app:p@ss:w%2Frd%25@cache", "cache:6379", "app", "p@ss:w/rd%"},
      {"unix:///run/redis.sock", "unix:/run/redis.sock", "", ""},
      {"unix:///run/a@b.sock", "unix:/run/a@b.sock", "", ""},
      {"unix://app:secret@/run/redis.sock", "unix:/run/redis.sock", "app", "secret"},
  };
  for (const Good& good : cases) {
    SCOPED_TRACE(good.text);
    const auto url = parse_redis_url(good.text);
    ASSERT_TRUE(url.ok()) << url.error().message();
    EXPECT_EQ(url.value().endpoint.to_string(), good.endpoint);
    EXPECT_EQ(url.value().user, good.user);
    EXPECT_EQ(url.value().tls, std::string(good.text).starts_with("rediss://"));
    EXPECT_EQ(url.value().password, good.password);
  }
}

struct Bad {
  const char* text;
  const char* message;
};

TEST(RedisUrl, SaysWhatIsWrong) {
  const char* const host =
      "the host or port is not valid; write redis://host:port with a port from 1 to 65535";
  const char* const database = "nothing may follow the port: clients choose their database with SELECT";
  const char* const encode = "a '/', '?' or '#' in the user or password must be percent-encoded, as in %2F";
  const char* const percent =
      "a '%' in the user or password must be followed by two hex digits; write %25 for '%' itself";
  const char* const scheme =
      "must begin with redis://, rediss:// or unix://, as in \"redis://127.0.0.1:6379\"";
  const char* const path = "a unix socket needs an absolute path, as in unix:///run/redis.sock";
  const Bad cases[] = {
      {"", scheme},
      {"127.0.0.1:6379", scheme},
      {"http://cache", scheme},
      {"rediss://", host},
      {"redis://", host},
      {"redis://:6379", host},
      {"redis://cache:", host},
      {"redis://cache:0", host},
      {"redis://cache:70000", host},
      {"redis://cache:port", host},
      {"redis://::1:6379", host},
      {"redis://[]:6379", host},
      {"redis://cache/0", database},
      {"redis://cache?db=1", database},
      {"redis://:a/b@cache", encode},
      {"redis://:50%@cache", percent},
      {"redis://:%zz@cache", percent},
      {"unix://run/redis.sock", path},
      {"unix://", path},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.text);
    const auto url = parse_redis_url(bad.text);
    ASSERT_FALSE(url.ok());
    EXPECT_EQ(url.error().message(), bad.message);
  }
  EXPECT_EQ(parse_redis_url("unix:///" + std::string(107, 'x')).error().message(),
            "the path of a unix socket has at most 107 bytes");
}

TEST(RedisUrl, NeverRepeatsAPassword) {
  for (const char* text : {"redis://:hunter2@", "redis://:hunter2@cache:x", "redis://:hunter2/x@cache",
                           "redis://:hunter2%@cache", "redis://:hunter2@cache/3", "hunter2"})
    EXPECT_THAT(parse_redis_url(text).error().message(), ::testing::Not(::testing::HasSubstr("hunter2")))
        << text;
}

}  // namespace
}  // namespace holdfast::config
