// Client-side caching: invalidations reach the client that has read the key, in their place between its
// replies.
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/side_by_side.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

constexpr const char* kPrivateLinks = "holdfast_upstream_private_links{upstream=\"main\"}";

std::string invalidation(const std::string& key) {
  return ">2\r\n$10\r\ninvalidate\r\n*1\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
}

std::string id_of(RawClient& client) {
  const std::string reply = client.command({"CLIENT", "ID"});
  return reply.substr(1, reply.size() - 3);
}

class Tracking : public ::testing::TestWithParam<const char*> {
 protected:
  bool resp3() const { return std::string(GetParam()) == "3"; }
  SideBySide both{GetParam()};
};

TEST_P(Tracking, OptionsAreCheckedAsByRedis) {
  both.send_each("c", R"(
CLIENT TRACKING
CLIENT TRACKING maybe
CLIENT TRACKING OFF
CLIENT TRACKING OFF PREFIX x
CLIENT TRACKING ON PREFIX x
CLIENT TRACKING ON OPTIN OPTOUT
CLIENT TRACKING ON BCAST OPTIN
CLIENT TRACKING ON REDIRECT x
CLIENT TRACKING ON REDIRECT 4000000000
CLIENT TRACKING ON REDIRECT
CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
CLIENT TRACKING ON BOGUS
CLIENT TRACKINGINFO
CLIENT CACHING YES
CLIENT TRACKING ON OPTIN
CLIENT TRACKINGINFO
CLIENT CACHING NO
CLIENT CACHING YES
CLIENT TRACKINGINFO
CLIENT CACHING maybe
CLIENT TRACKING ON OPTOUT
CLIENT TRACKING ON BCAST
CLIENT TRACKING OFF
CLIENT GETREDIR
CLIENT TRACKING ON OPTOUT NOLOOP
CLIENT CACHING NO
CLIENT TRACKINGINFO
CLIENT GETREDIR
CLIENT TRACKING OFF
CLIENT TRACKING ON BCAST PREFIX a PREFIX b NOLOOP
CLIENT TRACKINGINFO
CLIENT TRACKING OFF
CLIENT TRACKINGINFO
GET key
)");
  EXPECT_TRUE(wait_until([&] { return both.stack().holdfast.metric(kPrivateLinks) == 0; }));
}

TEST_P(Tracking, AKeyThatWasReadIsInvalidatedOnce) {
  const int push = resp3() ? 1 : 0;
  both.send("c", "SET key 1\r\nCLIENT TRACKING ON\r\nGET key", 3);
  both.send("other", "SET key 2");
  both.expect("c", push);
  both.send("other", "SET key 3");
  both.send("c", "GET key\r\nMGET key a b\r\nPING", 3);
  both.send("other", "MSET a 1 b 2");
  both.expect("c", 2 * push);
  both.send("c", "SET key mine\r\nGET key", 2 + push);  // an own write too
  both.send("c", "CLIENT TRACKING OFF");
  both.send("other", "SET key 4");
  both.send("c", "GET key");
}

TEST_P(Tracking, OnlyWhatWasAskedForWithOptin) {
  const int push = resp3() ? 1 : 0;
  both.send("c", "CLIENT TRACKING ON OPTIN\r\nGET a\r\nCLIENT CACHING YES\r\nGET b\r\nGET c", 5);
  both.send("other", "MSET a 1 b 1 c 1");
  both.expect("c", push);
  both.send("c", "CLIENT CACHING YES\r\nMULTI\r\nGET a\r\nGET c\r\nEXEC\r\nPING", 6);
  both.send("other", "MSET a 2 b 2 c 2");
  both.expect("c", 2 * push);
  both.send("c", "CLIENT TRACKING OFF\r\nCLIENT TRACKING ON OPTOUT\r\nCLIENT CACHING NO\r\nGET a\r\nGET b",
            5);
  both.send("other", "MSET a 3 b 3");
  both.expect("c", push);
}

TEST_P(Tracking, APrefixIsBroadcast) {
  const int push = resp3() ? 1 : 0;
  both.send("c", "CLIENT TRACKING ON BCAST PREFIX user: NOLOOP");
  both.send("other", "SET user:1 x");
  both.expect("c", push);
  both.send("other", "SET product:1 x");
  both.send("c", "SET user:2 x\r\nPING", 2);
}

TEST_P(Tracking, AWriteOfManyKeysAndAFlushInsideOfATransaction) {
  both.send("c", "SET c 1\r\nCLIENT TRACKING ON\r\nMGET a b c d", 3);
  both.send("c", "MULTI\r\nSET a 1\r\nINCR b\r\nDEL c\r\nEXEC\r\nPING", 6 + (resp3() ? 3 : 0));
}

INSTANTIATE_TEST_SUITE_P(Protocols, Tracking, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

// --- What Redis alone does not show ---------------------------------------------------------------------

TEST(TrackingLinks, NobodyInheritsInvalidations) {
  Stack stack;
  for (int i = 0; i < 10; ++i) {
    RawClient tracker(stack.holdfast.port());
    tracker.send("HELLO 3\r\nCLIENT TRACKING ON\r\nGET secret\r\n");
    for (int n = 0; n < 3; ++n) tracker.read_reply();
    if (i % 2 == 0) tracker.command({"CLIENT", "TRACKING", "OFF"});
  }
  ASSERT_TRUE(wait_until([&] { return stack.holdfast.metric(kPrivateLinks) == 0; }));
  RawClient client(stack.holdfast.port());
  client.send("HELLO 3\r\nCLIENT TRACKING ON\r\nGET mine\r\n");
  for (int n = 0; n < 3; ++n) client.read_reply();
  RedisClient writer(stack.holdfast.port());
  EXPECT_EQ(writer.command({"SET", "secret", "1"}), "OK");
  EXPECT_EQ(writer.command({"SET", "mine", "1"}), "OK");
  EXPECT_EQ(client.read_reply(), invalidation("mine"));
}

TEST(TrackingLinks, RedirectGoesByTheIdsThatClientsKnow) {
  Stack stack({.server = "workers = 2\n"});
  RedisClient writer(stack.holdfast.port());
  for (int i = 0; i < 6; ++i) {
    RawClient listener(stack.holdfast.port());
    RawClient reader(stack.holdfast.port());
    const std::string id = id_of(listener);
    listener.command({"SUBSCRIBE", "__redis__:invalidate"});
    EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id}), "+OK\r\n");
    EXPECT_EQ(reader.command({"CLIENT", "GETREDIR"}), ":" + id + "\r\n");
    EXPECT_NE(reader.command({"CLIENT", "TRACKINGINFO"}).find("$8\r\nredirect\r\n:" + id + "\r\n"),
              std::string::npos);
    reader.command({"GET", "key"});
    EXPECT_EQ(writer.command({"SET", "key", "1"}), "OK");
    EXPECT_EQ(listener.read_reply(),
              "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$3\r\nkey\r\n");
    EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "OFF"}), "+OK\r\n");
    EXPECT_EQ(reader.command({"CLIENT", "GETREDIR"}), ":-1\r\n");
  }
}

TEST(TrackingLinks, ABrokenRedirectionIsToldWithTheIdThatTheClientKnows) {
  Stack stack;
  auto listener = std::make_unique<RawClient>(stack.holdfast.port());
  RawClient reader(stack.holdfast.port());
  const std::string id = id_of(*listener);
  listener->command({"SUBSCRIBE", "__redis__:invalidate"});
  reader.command({"HELLO", "3"});
  EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id}), "+OK\r\n");
  reader.command({"GET", "key"});
  listener.reset();
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] {
    return direct.command({"PUBSUB", "NUMSUB", "__redis__:invalidate"}) == "[__redis__:invalidate, 0]";
  }));
  EXPECT_EQ(direct.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(reader.read_reply(), ">2\r\n$21\r\ntracking-redir-broken\r\n:" + id + "\r\n");
}

TEST(TrackingLinks, AnyClientMayBeTheTargetOfARedirection) {
  Stack stack({.server = "workers = 2\n"});
  RedisClient writer(stack.holdfast.port());
  for (int i = 0; i < 4; ++i) {
    RawClient listener(stack.holdfast.port());
    RawClient reader(stack.holdfast.port());
    listener.command({"HELLO", "3"});
    const std::string id = id_of(listener);
    EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id}), "+OK\r\n");
    EXPECT_EQ(reader.command({"CLIENT", "GETREDIR"}), ":" + id + "\r\n");
    reader.command({"GET", "key"});
    EXPECT_EQ(writer.command({"SET", "key", "1"}), "OK");
    EXPECT_EQ(listener.read_reply(), invalidation("key"));
    EXPECT_EQ(listener.command({"GET", "key"}), "$1\r\n1\r\n");
    EXPECT_EQ(listener.command({"SELECT", "1"}), "+OK\r\n");
    EXPECT_EQ(listener.command({"GET", "key"}), "_\r\n");
  }
}

// It has no idle moment in which it could be given a link.
TEST(TrackingLinks, ABusyClientMayBeTheTargetToo) {
  Stack stack;
  RawClient listener(stack.holdfast.port());
  RawClient reader(stack.holdfast.port());
  listener.command({"HELLO", "3"});
  const std::string id = id_of(listener);
  std::string pipeline;
  constexpr int kRequests = 20'000;
  for (int i = 0; i < kRequests; ++i) pipeline += "INCR n\r\n";
  std::thread sender([&] { listener.send(pipeline); });
  EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id}), "+OK\r\n");
  for (int i = 1; i <= kRequests; ++i) ASSERT_EQ(listener.read_reply(), ":" + std::to_string(i) + "\r\n");
  sender.join();
  reader.command({"GET", "key"});
  EXPECT_EQ(RedisClient(stack.holdfast.port()).command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(listener.read_reply(), invalidation("key"));
}

// As in Redis: its id stays, and so does what names it.
TEST_P(Tracking, ResetOfTheTargetDoesNotEndTheRedirection) {
  const auto ids = [](const std::string& frame) { return without_number(frame, "redirect\r\n:"); };
  both.normalize = ids;
  both.redirect("reader", "listener");
  both.send("listener", "SUBSCRIBE a\r\nCLIENT SETNAME me", 2);
  both.send("listener", "RESET\r\nPING\r\nCLIENT GETNAME\r\nSUBSCRIBE __redis__:invalidate", 4);
  both.send("reader", "GET key");
  both.send("other", "SET key 1\r\nPUBLISH a lost", 2);
  both.expect("listener", 1);
  both.send("listener", "RESET\r\nSELECT 1\r\nGET key\r\nSELECT 0\r\nGET key\r\nRESET\r\nRESET", 7);
  both.send("reader", "GET key\r\nCLIENT TRACKINGINFO", 2);
  // In RESP2 only who is subscribed is told, and RESET has ended that.
  both.send("other", "SET key 2");
  both.send(
      "listener",
      "CLIENT REPLY SKIP\r\nHELLO 3\r\nCLIENT REPLY SKIP\r\nRESET\r\nCLIENT REPLY OFF\r\nRESET\r\nGET key",
      2);
}

TEST(TrackingLinks, ATargetLogsInAgainAfterReset) {
  TempDir dir;
  write_file(dir.file("password"), "s3cret\n");
  RedisServer redis({"--requirepass", "s3cret"});
  Holdfast holdfast(redis, {.upstream = "password_file = \"" + dir.file("password") + "\"\n"});
  RawClient listener(holdfast.port());
  RawClient reader(holdfast.port());
  listener.command({"HELLO", "3"});
  EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id_of(listener)}), "+OK\r\n");
  EXPECT_EQ(listener.command({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(listener.command({"GET", "key"}), "$-1\r\n");
  EXPECT_EQ(listener.command({"EVAL", "return redis.call('GET', 'key')", "0"}), "$-1\r\n");
  listener.send("HELLO 3\r\n");
  listener.read_reply();
  EXPECT_EQ(reader.command({"GET", "key"}), "$-1\r\n");
  EXPECT_EQ(RedisClient(holdfast.port()).command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(listener.read_reply(), invalidation("key"));
}

TEST(TrackingLinks, ARedirectionToNobodyIsRefused) {
  Stack stack;
  RedisClient reader(stack.holdfast.port());
  EXPECT_EQ(reader.command({"CLIENT", "TRACKING", "ON", "REDIRECT", "123456"}),
            "-ERR The client ID you want redirect to does not exist");
}

// The invalidation of an own write comes right behind the reply, which waits for the journal.
TEST(TrackingLinks, AnInvalidationDoesNotOvertakeAHeldReply) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("HELLO 3\r\nCLIENT TRACKING ON\r\n");
  client.read_reply();
  client.read_reply();
  for (int i = 0; i < 200; ++i) {
    client.send("GET key\r\nSET key 1\r\nGET other\r\n");
    EXPECT_EQ(client.read_reply(), i == 0 ? "_\r\n" : "$1\r\n1\r\n");
    EXPECT_EQ(client.read_reply(), "+OK\r\n");
    EXPECT_EQ(client.read_reply(), invalidation("key"));
    EXPECT_EQ(client.read_reply(), "_\r\n");
  }
}

}  // namespace
}  // namespace holdfast::testing
