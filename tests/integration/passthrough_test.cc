// auth = "passthrough": Redis says who a client is and what it may do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.";
constexpr const char* kNoAuth = "-NOAUTH Authentication required.";

// Redis with a password for `default`, and a user that may do little: not even INFO and ROLE.
struct Passthrough : ::testing::Test {
  RedisServer redis{{"--requirepass", "r00t", "--user", "app", "on", ">s3cret", "~order:*", "&*", "+@read",
                     "+@write", "+acl|whoami", "+eval", "+multi", "+exec"}};
  Holdfast holdfast{{.upstream_url = "redis://:r00t@127.0.0.1:" + std::to_string(redis.port()),
                     .environment = "auth = \"passthrough\"\n"},
                    HoldfastProcess::Until::kReady};
  RedisClient client{holdfast.port()};
};

TEST_F(Passthrough, RedisDecidesWhoComesIn) {
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
  EXPECT_EQ(client.command({"AUTH", "app", "wrong"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "nobody", "x"}), kWrongPass);
  EXPECT_THAT(client.command({"HELLO", "3"}), StartsWith("-NOAUTH HELLO must be called"));
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
  EXPECT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"ACL", "WHOAMI"}), "app");
  EXPECT_EQ(client.command({"AUTH", "r00t"}), "OK");
  EXPECT_EQ(client.command({"ACL", "WHOAMI"}), "default");
  EXPECT_EQ(client.command({"RESET"}), "RESET");
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
  EXPECT_THAT(client.command({"HELLO", "2", "AUTH", "app", "s3cret"}), HasSubstr("server"));
  EXPECT_EQ(client.command({"ACL", "WHOAMI"}), "app");
}

TEST_F(Passthrough, RedisDecidesWhatItMayDo) {
  client.command({"AUTH", "app", "s3cret"});
  EXPECT_EQ(client.command({"SET", "order:1", "1"}), "OK");
  EXPECT_THAT(client.command({"SET", "other", "1"}), StartsWith("-NOPERM this user has no permissions"));
  EXPECT_THAT(client.command({"CONFIG", "GET", "x"}), StartsWith("-NOPERM this user has no permissions"));
  EXPECT_THAT(client.command({"SELECT", "1"}), StartsWith("-NOPERM"));
  EXPECT_THAT(client.command({"EVAL", "return redis.call('SET', 'other', '1')", "0"}), StartsWith("-"));
  // What the environment blocks stays blocked.
  EXPECT_THAT(client.command({"FLUSHALL"}), StartsWith("-NOPERM holdfast: "));
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "order:1"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[2]");
  // Acknowledged is on disk, although this user may not ask for an offset.
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "order:1"}), "2");
}

TEST(PassthroughDefault, WithoutAPasswordIsWhoSaysNothing) {
  RedisServer redis({"--user", "holder", "on", ">h", "~*", "&*", "+@all", "--user", "default", "on", "nopass",
                     "~*", "&*", "+@all", "-get"});
  Holdfast holdfast({.upstream_url = "redis://holder:h@127.0.0.1:" + std::to_string(redis.port()),
                     .environment = "auth = \"passthrough\"\n"},
                    HoldfastProcess::Until::kReady);
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "k", "1"}), "OK");
  EXPECT_EQ(client.command({"ACL", "WHOAMI"}), "default");
  EXPECT_THAT(client.command({"GET", "k"}), StartsWith("-NOPERM this user has no permissions"));
  EXPECT_EQ(client.command({"AUTH", "holder", "h"}), "OK");
  EXPECT_EQ(client.command({"GET", "k"}), "1");
}

}  // namespace
}  // namespace holdfast::testing
