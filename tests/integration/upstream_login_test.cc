// Redis with passwords and ACL users: Holdfast logs in, and says in one sentence what Redis refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Until = HoldfastProcess::Until;

std::string url(const RedisServer& redis, const std::string& login) {
  return "redis://" + login + "@127.0.0.1:" + std::to_string(redis.port());
}

// The way of a write and a restart with this login.
void expect_works(RedisServer& redis, const std::string& login) {
  Holdfast holdfast({.upstream_url = url(redis, login)}, Until::kReady);
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[2]");
  EXPECT_THAT(holdfast.log(), Not(HasSubstr("s3cret")));
  EXPECT_THAT(holdfast.metrics_page(), Not(HasSubstr("s3cret")));
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "2");
}

TEST(UpstreamLogin, WithTheServersPassword) {
  RedisServer redis({"--requirepass", "s3cret/@:"});
  expect_works(redis, ":s3cret%2F%40%3A");
}

TEST(UpstreamLogin, AsAnAclUser) {
  RedisServer redis({"--user", "app", "on", ">s3cret", "~*", "&*", "+@all"});
  expect_works(redis, "app:s3cret");
}

TEST(UpstreamLogin, WithAPasswordFromAFile) {
  TempDir dir;
  write_file(dir.file("password"), "s3cret\n");
  RedisServer redis({"--requirepass", "s3cret"});
  Holdfast holdfast(redis, {.upstream = "password_file = \"" + dir.file("password") + "\"\n"});
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
}

void expect_refused_login(const Holdfast& holdfast) {
  EXPECT_THAT(holdfast.log(), HasSubstr("WRONGPASS"));
  for (const std::string& text : {holdfast.log(), holdfast.ready_page(), holdfast.metrics_page()}) {
    EXPECT_THAT(text, Not(HasSubstr("wr0ng")));
    EXPECT_THAT(text, Not(HasSubstr("s3cret")));
  }
}

TEST(UpstreamLogin, AWrongPasswordIsSaidButNotPrinted) {
  RedisServer redis({"--requirepass", "s3cret"});
  Holdfast holdfast({.upstream_url = url(redis, ":wr0ng"), .server = "log_level = \"trace\"\n"});
  ASSERT_TRUE(holdfast.wait_problem("WRONGPASS"));
  RedisClient client(holdfast.port());
  const std::string reply = client.command({"GET", "key"});
  EXPECT_TRUE(is_error(reply, "MASTERDOWN")) << reply;
  EXPECT_THAT(reply, Not(HasSubstr("wr0ng")));
  expect_refused_login(holdfast);
}

TEST(UpstreamLogin, AMissingPasswordIsSaid) {
  RedisServer redis({"--requirepass", "s3cret"});
  Holdfast holdfast(redis, {}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("password"));
  EXPECT_THAT(holdfast.log(), HasSubstr("password"));
  EXPECT_EQ(holdfast.stop(), 0);
}

TEST(UpstreamLogin, AUserWhoMayNotPsyncIsSaid) {
  RedisServer redis({"--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-psync"});
  Holdfast holdfast({.upstream_url = url(redis, "app:s3cret")});
  ASSERT_TRUE(holdfast.wait_problem("PSYNC"));
  EXPECT_THAT(holdfast.log(), HasSubstr("PSYNC"));
  EXPECT_THAT(holdfast.log(), Not(HasSubstr("s3cret")));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "(nil)"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "1"}), "MISCONF"));
  // Healed as soon as an administrator has done what the sentence says.
  RedisClient direct(redis.port());
  EXPECT_EQ(direct.command({"ACL", "SETUSER", "app", "+psync"}), "OK");
  EXPECT_TRUE(holdfast.wait_ready());
}

TEST(UpstreamLogin, ARedisWithoutPsyncIsSaid) {
  RedisServer redis({"--rename-command", "PSYNC", ""});
  Holdfast holdfast(redis, {}, Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("PSYNC"));
  EXPECT_THAT(holdfast.log(), HasSubstr("PSYNC"));
  RedisClient client(holdfast.port());
  EXPECT_TRUE(is_error(client.command({"SET", "key", "1"}), "MISCONF"));
}

TEST(UpstreamLogin, APasswordThatRedisChangesIsNoticedAtTheNextConnection) {
  RedisServer redis({"--requirepass", "s3cret"});
  Holdfast holdfast({.upstream_url = url(redis, ":s3cret")}, Until::kReady);
  RedisClient direct(redis.port());
  EXPECT_EQ(direct.command({"AUTH", "s3cret"}), "OK");
  EXPECT_EQ(direct.command({"CONFIG", "SET", "requirepass", "new"}), "OK");
  direct.command({"CLIENT", "KILL", "TYPE", "normal"});
  direct.command({"CLIENT", "KILL", "TYPE", "replica"});
  ASSERT_TRUE(holdfast.wait_problem("WRONGPASS"));
  EXPECT_EQ(direct.command({"CONFIG", "SET", "requirepass", "s3cret"}), "OK");
  EXPECT_TRUE(holdfast.wait_ready());
}

}  // namespace
}  // namespace holdfast::testing
