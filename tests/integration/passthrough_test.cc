// auth = "passthrough": Redis says who a client is and what it may do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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

// What Redis keeps for a connection it keeps for its user.
TEST_F(Passthrough, NobodyBecomesSomebodyElseWithASubscription) {
  RawClient raw(holdfast.port());
  EXPECT_THAT(raw.command({"HELLO", "3", "AUTH", "default", "r00t"}), StartsWith("%"));
  EXPECT_THAT(raw.command({"SUBSCRIBE", "c"}), HasSubstr("subscribe"));
  EXPECT_THAT(raw.command({"AUTH", "app", "s3cret"}),
              StartsWith("-ERR holdfast: this connection has a subscription"));
  EXPECT_EQ(raw.command({"SET", "other", "1"}), "+OK\r\n");
  EXPECT_EQ(raw.command({"AUTH", "r00t"}), "+OK\r\n");
  EXPECT_THAT(raw.command({"UNSUBSCRIBE"}), HasSubstr("unsubscribe"));
  EXPECT_EQ(raw.command({"AUTH", "app", "s3cret"}), "+OK\r\n");
  EXPECT_THAT(raw.command({"SET", "other", "1"}), StartsWith("-NOPERM"));
}

// Holdfast asks Redis for the offset of a write as itself, between a client's commands. A client whose
// password has changed meanwhile cannot be let in again, and must not go on with Holdfast's rights.
TEST_F(Passthrough, WhoCannotComeBackIsNobodyElse) {
  RedisClient direct(redis.port());
  ASSERT_EQ(direct.command({"AUTH", "r00t"}), "OK");
  direct.command({"SET", "secret", "theirs"});
  RawClient raw(holdfast.port());
  EXPECT_EQ(raw.command({"AUTH", "app", "s3cret"}), "+OK\r\n");
  raw.send("MULTI\r\nINCR order:1\r\nEXEC\r\nGET secret\r\n");
  for (const char* reply : {"+OK\r\n", "+QUEUED\r\n", "*1\r\n:1\r\n"}) EXPECT_EQ(raw.read_reply(), reply);
  EXPECT_THAT(raw.read_reply(), StartsWith("-NOPERM"));
  ASSERT_EQ(direct.command({"ACL", "SETUSER", "app", "resetpass", ">new"}), "OK");
  raw.send("MULTI\r\nINCR order:1\r\nEXEC\r\nSET secret mine\r\nGET secret\r\nDEL secret\r\nGET secret\r\n");
  std::string replies;
  for (int i = 0; i < 7; ++i) replies += raw.read_reply();
  EXPECT_THAT(replies, Not(HasSubstr("theirs")));
  EXPECT_EQ(direct.command({"GET", "secret"}), "theirs");
  client.command({"AUTH", "app", "new"});
  EXPECT_EQ(client.command({"SET", "order:1", "1"}), "OK");
}

// Redis decides the same for a request too large to gather, also when it is the first one.
TEST(PassthroughDefaultLarge, TheFirstRequestMayBeLarge) {
  RedisServer redis;
  Holdfast holdfast(redis, {.environment = "auth = \"passthrough\"\n"});
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "k", std::string(1 << 20, 'x')}), "OK");
}

}  // namespace
}  // namespace holdfast::testing
