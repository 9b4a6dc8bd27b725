// What a reload does to those who are connected: users that change or go, in whatever state they are, and
// rules of keys, limits and scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "base/sha256.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string user(const std::string& name, const std::string& password, const std::string& acl) {
  return "[environment.default.user." + name + "]\npassword_sha256 = [\"" + to_hex(sha256(password)) +
         "\"]\nacl = \"" + acl + "\"\n";
}

const std::string kUsers = "auth = \"users\"\n";
const std::string kApp = user("app", "app", "+@all ~* &*");

class ReloadUsers : public ::testing::Test {
 protected:
  explicit ReloadUsers(const std::string& environment = kUsers + kApp + user("other", "other", "+@all ~* &*"))
      : stack({.environment = environment}) {}

  void change(const std::string& environment) {
    stack.holdfast.config().environment = environment;
    stack.holdfast.write_config();
    ASSERT_TRUE(wait_until([&] {
      return stack.holdfast.metric("holdfast_config_reloads_total{outcome=\"applied\"}") > reloads_;
    })) << stack.holdfast.log();
    ++reloads_;
  }
  bool wait_disconnected(int clients) {
    return stack.holdfast.wait_log(std::to_string(clients) + (clients == 1 ? " client" : " clients") +
                                   " disconnected");
  }

  Stack stack;
  RedisClient direct{stack.redis.port()};

 private:
  double reloads_ = 0;
};

TEST_F(ReloadUsers, AChangedPasswordCountsAtTheNextLogin) {
  RedisClient in(stack.holdfast.port()), late(stack.holdfast.port());
  EXPECT_EQ(in.command({"AUTH", "app", "app"}), "OK");
  change(kUsers + user("app", "new", "+@all ~* &*"));
  EXPECT_EQ(in.command({"SET", "k", "v"}), "OK");  // as in Redis
  EXPECT_THAT(late.command({"AUTH", "app", "app"}), StartsWith("-WRONGPASS"));
  EXPECT_THAT(in.command({"AUTH", "app", "app"}), StartsWith("-WRONGPASS"));
  EXPECT_EQ(late.command({"AUTH", "app", "new"}), "OK");
}

TEST_F(ReloadUsers, WhoIsGoneIsGoneInAnyState) {
  RawClient queuing(stack.holdfast.port()), blocked(stack.holdfast.port()), subscribed(stack.holdfast.port()),
      watching(stack.holdfast.port()), tracking(stack.holdfast.port()), stays(stack.holdfast.port());
  for (RawClient* client : {&queuing, &blocked, &subscribed, &watching, &tracking})
    EXPECT_EQ(client->command({"AUTH", "app", "app"}), "+OK\r\n");
  EXPECT_EQ(stays.command({"AUTH", "other", "other"}), "+OK\r\n");
  EXPECT_EQ(queuing.command({"MULTI"}), "+OK\r\n");
  EXPECT_EQ(queuing.command({"SET", "queued", "v"}), "+QUEUED\r\n");
  blocked.send(encode_request({"BLPOP", "list", "0"}));
  EXPECT_THAT(subscribed.command({"SUBSCRIBE", "events"}), HasSubstr("subscribe"));
  EXPECT_EQ(watching.command({"WATCH", "k"}), "+OK\r\n");
  EXPECT_THAT(tracking.command({"HELLO", "3"}), StartsWith("%"));
  EXPECT_EQ(tracking.command({"CLIENT", "TRACKING", "ON"}), "+OK\r\n");
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  change(kUsers + user("other", "other", "+@all ~* &*"));
  EXPECT_TRUE(wait_disconnected(5));
  for (RawClient* client : {&queuing, &blocked, &subscribed, &watching, &tracking})
    EXPECT_EQ(client->read_to_end(), "");
  // What it waited for is for others, and what it had queued does not happen.
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "0"; }));
  EXPECT_EQ(stays.command({"RPUSH", "list", "v"}), ":1\r\n");
  EXPECT_EQ(stays.command({"LLEN", "list"}), ":1\r\n");
  EXPECT_EQ(stays.command({"GET", "queued"}), "$-1\r\n");
  EXPECT_TRUE(wait_reply(direct, {"PUBSUB", "NUMSUB", "events"}, "[events, 0]"));
}

TEST_F(ReloadUsers, WhoIsOffIsDisconnectedToo) {
  RedisClient app(stack.holdfast.port());
  EXPECT_EQ(app.command({"AUTH", "app", "app"}), "OK");
  change(kUsers + user("app", "app", "off +@all ~* &*"));
  EXPECT_THAT(app.command({"PING"}), StartsWith("(connection lost"));
  RedisClient again(stack.holdfast.port());
  EXPECT_THAT(again.command({"AUTH", "app", "app"}), StartsWith("-WRONGPASS"));
}

// As ACL SETUSER does in Redis: who is subscribed to what it may not be any more is disconnected.
TEST_F(ReloadUsers, SubscriptionsThatAreForbiddenEnd) {
  const auto subscriber = [&](const std::vector<std::string>& words) {
    auto client = std::make_unique<RawClient>(stack.holdfast.port());
    EXPECT_EQ(client->command({"AUTH", "app", "app"}), "+OK\r\n");
    EXPECT_THAT(client->command(words), HasSubstr("subscribe"));
    return client;
  };
  const auto channel = subscriber({"SUBSCRIBE", "events:1"});
  const auto other = subscriber({"SUBSCRIBE", "other"});
  const auto pattern = subscriber({"PSUBSCRIBE", "events:*"});
  const auto wider = subscriber({"PSUBSCRIBE", "*"});
  const auto shard = subscriber({"SSUBSCRIBE", "other"});
  const auto former = subscriber({"SUBSCRIBE", "other"});
  EXPECT_THAT(former->command({"SUBSCRIBE", "events:2"}), HasSubstr(":2\r\n"));
  EXPECT_THAT(former->command({"UNSUBSCRIBE", "other"}), HasSubstr(":1\r\n"));
  change(kUsers + user("app", "app", "+@all ~* &events:*"));
  EXPECT_TRUE(wait_disconnected(3));
  for (const auto* client : {&other, &wider, &shard}) EXPECT_EQ((*client)->read_to_end(), "");
  EXPECT_EQ(direct.command({"PUBLISH", "events:1", "m"}), "2");
  EXPECT_THAT(channel->read_reply(), HasSubstr("events:1"));
  EXPECT_THAT(pattern->read_reply(), HasSubstr("pmessage"));
  EXPECT_EQ(direct.command({"PUBLISH", "events:2", "m"}), "2");
  EXPECT_THAT(former->read_reply(), HasSubstr("events:2"));
  // And a command that is not allowed at all any more.
  change("block = [\"@builtin\", \"psubscribe\"]\n" + kUsers + user("app", "app", "+@all ~* &events:*"));
  EXPECT_TRUE(wait_disconnected(1));
  EXPECT_THAT(pattern->read_to_end(), HasSubstr("events:2"));
  EXPECT_EQ(direct.command({"PUBLISH", "events:1", "m"}), "1");
  EXPECT_THAT(channel->read_reply(), HasSubstr("events:1"));
}

TEST_F(ReloadUsers, NewRightsAndOldOnesAreTheSameForScripts) {
  RedisClient app(stack.holdfast.port());
  EXPECT_EQ(app.command({"AUTH", "app", "app"}), "OK");
  const std::vector<std::string> script = {"EVAL", "return redis.call('SET', 'other', '1')", "0"};
  EXPECT_EQ(app.command(script), "OK");
  change(kUsers + user("app", "app", "+@all ~mine:*"));
  EXPECT_THAT(app.command(script), StartsWith("-"));
  EXPECT_EQ(app.command({"EVAL", "return redis.call('SET', 'mine:1', '1')", "0"}), "OK");
  change(kUsers + kApp);
  EXPECT_EQ(app.command(script), "OK");
}

struct ReloadRules : ReloadUsers {
  ReloadRules() : ReloadUsers("") {}
  RedisClient client{stack.holdfast.port()};
};

TEST_F(ReloadRules, LimitsBeginAnewWithOtherNumbers) {
  const auto limit = [](const std::string& rate) {
    return "[[environment.default.limit]]\nname = \"few\"\ncommands = [\"incr\"]\nrate = \"" + rate + "\"\n";
  };
  change(limit("2/h"));
  EXPECT_EQ(client.command({"INCR", "n"}), "1");
  EXPECT_EQ(client.command({"INCR", "n"}), "2");
  EXPECT_THAT(client.command({"INCR", "n"}), StartsWith("-TRYAGAIN"));
  // A reload that is about something else gives no token back.
  change("max_clients = 77\n" + limit("2/h"));
  EXPECT_THAT(client.command({"INCR", "n"}), StartsWith("-TRYAGAIN"));
  change(limit("3/h"));
  for (const char* reply : {"3", "4", "5"}) EXPECT_EQ(client.command({"INCR", "n"}), reply);
  EXPECT_THAT(client.command({"INCR", "n"}), StartsWith("-TRYAGAIN"));
  change("");
  EXPECT_EQ(client.command({"INCR", "n"}), "6");
  change("unbounded_reads = \"refuse\"\n");
  EXPECT_THAT(client.command({"HGETALL", "h"}), StartsWith("-NOPERM"));
}

TEST_F(ReloadRules, ACriticalKeyspaceIsLookedAfterFromThenOn) {
  direct.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  EXPECT_EQ(client.command({"SET", "order:1", "v"}), "OK");
  const std::string keyspace =
      "[[environment.default.keyspace]]\nname = \"orders\"\nkeys = [\"order:*\"]\ncritical = true\n";
  change(keyspace);
  EXPECT_THAT(client.command({"SET", "order:1", "v"}), StartsWith("-MISCONF"));
  EXPECT_TRUE(wait_until([&] { return stack.holdfast.ready_status() == 503; }));
  EXPECT_EQ(client.command({"SET", "other", "v"}), "OK");
  change(keyspace + "on_evictable = \"warn\"\n");
  EXPECT_EQ(client.command({"SET", "order:1", "v"}), "OK");
  change(keyspace);
  EXPECT_THAT(client.command({"SET", "order:1", "v"}), StartsWith("-MISCONF"));
  // Noticed within a second, and again when it is good.
  direct.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  EXPECT_TRUE(wait_reply(client, {"SET", "order:1", "v"}, "OK"));
  change("");
  EXPECT_EQ(stack.holdfast.ready_status(), 200);
}

TEST_F(ReloadRules, AKeyPrefixNeedsARestart) {
  stack.holdfast.config().environment = "key_prefix = \"a:\"\nblock = [\"get\"]\n";
  stack.holdfast.write_config();
  ASSERT_TRUE(stack.holdfast.wait_log("key_prefix in [environment.default] has changed"));
  EXPECT_EQ(client.command({"SET", "k", "v"}), "OK");
  EXPECT_EQ(client.command({"GET", "k"}), "v");
  EXPECT_EQ(direct.command({"GET", "k"}), "v");
  EXPECT_THAT(stack.holdfast.ready_page(), HasSubstr("a reload cannot change that"));
}

TEST_F(ReloadRules, AnotherListOfScripts) {
  TempDir dir;
  write_file(dir.file("one.lua"), "return 1");
  write_file(dir.file("two.lua"), "return 2");
  const auto only = [&](const std::string& file) {
    return "scripts = { mode = \"allowlist\", files = [\"" + dir.file(file) + "\"] }\n";
  };
  EXPECT_EQ(client.command({"EVAL", "return 3", "0"}), "3");
  change(only("one.lua"));
  EXPECT_EQ(client.command({"EVAL", "return 1", "0"}), "1");
  EXPECT_THAT(client.command({"EVAL", "return 3", "0"}),
              AllOf(StartsWith("-NOPERM"), HasSubstr("(rule 'scripts')")));
  const std::string two = direct.command({"SCRIPT", "LOAD", "return 2"});
  direct.command({"SCRIPT", "FLUSH"});
  EXPECT_THAT(client.command({"EVALSHA", two, "0"}), StartsWith("-NOPERM"));
  change(only("two.lua"));
  EXPECT_THAT(client.command({"EVAL", "return 1", "0"}), StartsWith("-NOPERM"));
  // Holdfast has loaded it.
  EXPECT_TRUE(wait_reply(client, {"EVALSHA", two, "0"}, "2"));
  // The file itself is changed.
  write_file(dir.file("two.lua"), "return 22");
  stack.holdfast.signal(SIGHUP);
  EXPECT_TRUE(wait_reply(client, {"EVAL", "return 22", "0"}, "22"));
  EXPECT_THAT(client.command({"EVAL", "return 2", "0"}), StartsWith("-NOPERM"));
}

}  // namespace
}  // namespace holdfast::testing
