// Pub/sub: a client becomes a subscriber and an ordinary client again, in both protocols, and cannot tell
// whether Holdfast is in between.
#include <gtest/gtest.h>

#include "tests/integration/side_by_side.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

constexpr const char* kPrivateLinks = "holdfast_upstream_private_links{upstream=\"main\"}";

class Subscriptions : public ::testing::TestWithParam<const char*> {
 protected:
  SideBySide both{GetParam()};
};

TEST_P(Subscriptions, MessagesComeAndTheLastUnsubscribeEndsIt) {
  both.send("subscriber", "SUBSCRIBE a b", 2);
  both.send("publisher", "PUBLISH a one");
  both.expect("subscriber", 1);
  both.send("subscriber", "PSUBSCRIBE a*");
  both.send("publisher", "PUBLISH a two");
  both.expect("subscriber", 2);
  both.send("subscriber", "SSUBSCRIBE shard");
  both.send("publisher", "SPUBLISH shard three");
  both.expect("subscriber", 1);
  both.send("subscriber", "SUBSCRIBE a");  // once more changes nothing
  both.send("subscriber", "UNSUBSCRIBE b nothing", 2);
  both.send("subscriber", "UNSUBSCRIBE");
  both.send("publisher", "PUBLISH a four");
  both.expect("subscriber", 1);  // by the pattern
  both.send("subscriber", "PUNSUBSCRIBE");
  both.send("publisher", "PUBLISH a five");
  both.send("subscriber", "GET key");  // the shard channel is still there
  both.send("subscriber", "SUNSUBSCRIBE");
  both.send("subscriber", "SET key 1\r\nGET key\r\nPING\r\nCLIENT GETNAME\r\nSELECT 1\r\nGET key", 6);
  EXPECT_TRUE(wait_until([&] { return both.stack().holdfast.metric(kPrivateLinks) == 0; }));
}

TEST_P(Subscriptions, PingHasTheShapeOfTheState) {
  both.send(
      "c",
      "PING\r\nPING text\r\nPING a b\r\nSUBSCRIBE a\r\nPING\r\nPING text\r\nPING a b\r\nUNSUBSCRIBE\r\nPING",
      9);
}

TEST_P(Subscriptions, OtherCommandsAreAnsweredAsByRedisMeanwhile) {
  both.send("c", "SUBSCRIBE a");
  both.send_each("c", R"(
GET key
SET key 1
GET
CLIENT GETNAME
CLIENT SETNAME me
CLIENT ID x
SELECT 1
SELECT 0
PUBLISH other x
WAIT 0 0
BLPOP list 0.01
EVAL return(1) 0
AUTH
OBJECT HELP
XREAD BLOCK 1 STREAMS s $
CLIENT TRACKING OFF
CLIENT CACHING YES
MULTI x
EXEC
DISCARD
WATCH
WATCH key
UNWATCH
SUBSCRIBE
PING
)");
  both.send("c", "UNSUBSCRIBE\r\nGET key\r\nSET key 2\r\nGET key", 4);
}

TEST_P(Subscriptions, AnOwnMessageComesWhereRedisPutsIt) {
  both.send("c", "SUBSCRIBE a");
  const bool resp3 = std::string(GetParam()) == "3";
  both.send("c", "PUBLISH a one", resp3 ? 2 : 1);
  // Inside of EXEC's answer.
  both.send("c", "MULTI\r\nPUBLISH a two\r\nGET key\r\nEXEC\r\nPING", 5);
  both.send("c", "UNSUBSCRIBE");
}

TEST_P(Subscriptions, APipelineMayGoInAndOutOfTheState) {
  std::string commands;
  for (int i = 0; i < 100; ++i)
    commands +=
        "INCR n\r\nSUBSCRIBE a\r\nPING\r\nUNSUBSCRIBE\r\nGET n\r\nPSUBSCRIBE p*\r\nSUBSCRIBE "
        "b\r\nUNSUBSCRIBE b\r\n"
        "INCR n\r\nPUNSUBSCRIBE p*\r\nMULTI\r\nINCR n\r\nEXEC\r\nSELECT 1\r\nSELECT 0\r\nINCR n\r\n";
  both.send("c", commands + "PING", 1601);
}

TEST_P(Subscriptions, UnsubscribeWithoutASubscription) {
  both.send("c", "UNSUBSCRIBE\r\nUNSUBSCRIBE a b\r\nPUNSUBSCRIBE\r\nSUNSUBSCRIBE x\r\nUNSUBSCRIBE\r\nGET key",
            7);
}

TEST_P(Subscriptions, ManyChannelsAtOnce) {
  std::string names;
  for (int i = 0; i < 1000; ++i) names += " channel:" + std::to_string(i);
  both.send("subscriber", "SUBSCRIBE" + names, 1000);
  both.send("publisher", "PUBLISH channel:7 x");
  both.expect("subscriber", 1);
  both.send("subscriber", "UNSUBSCRIBE" + names, 1000);
  both.send("subscriber", "GET key");
}

TEST_P(Subscriptions, SoManyChannelsThatTheRequestIsNotGathered) {
  std::vector<std::string> request = {"SUBSCRIBE"};
  for (int i = 0; i < 20'000; ++i) request.push_back("a channel with a long name:" + std::to_string(i));
  const std::string bytes = encode_request(request);
  ASSERT_GT(bytes.size(), 512u * 1024);
  both.send("c", bytes + "PING", 20'001);
  both.send("c", "RESET\r\nGET key", 2);
}

TEST_P(Subscriptions, ResetAndQuitEndThem) {
  both.send("c", "SUBSCRIBE a\r\nRESET\r\nGET key", 3);
  both.send("publisher", "PUBLISH a nobody");
  both.send("c", "SUBSCRIBE a\r\nQUIT\r\nGET key", 2);
  both.expect_closed("c");
  both.send("publisher", "PUBLISH a nobody");
}

TEST_P(Subscriptions, AWatchAndASubscriptionShareTheConnection) {
  both.send("c", "WATCH key\r\nSUBSCRIBE a", 2);
  both.send("other", "SET key changed");
  both.send("c", "UNSUBSCRIBE\r\nMULTI\r\nSET key mine\r\nEXEC\r\nGET key", 5);
}

TEST_P(Subscriptions, TheProtocolMayChangeMeanwhile) {
  both.normalize = [](std::string frame) { return without_number(std::move(frame), "$2\r\nid\r\n:"); };
  both.send("c", "HELLO 3\r\nSUBSCRIBE a\r\nHELLO 2\r\nPING\r\nGET key", 5);
  both.send("publisher", "PUBLISH a x");
  both.expect("c", 1);
  both.send("c", "HELLO 3\r\nUNSUBSCRIBE\r\nHELLO 3\r\nGET key", 4);
}

TEST_P(Subscriptions, WhatLooksLikeAMessageInAListIsData) {
  both.send("c",
            "RPUSH list message a text\r\nLRANGE list 0 -1\r\nSUBSCRIBE a\r\nUNSUBSCRIBE\r\nLRANGE list 0 -1",
            5);
  // Also while there is a subscription, in RESP3; and what is answered here keeps its place behind it.
  both.send("c", "SUBSCRIBE a\r\nLRANGE list 0 -1\r\nCLIENT GETNAME\r\nGET key\r\nPING\r\nUNSUBSCRIBE", 6);
  both.send("c", "DEL list\r\nRPUSH list subscribe a 1\r\nSUBSCRIBE a\r\nLRANGE list 0 -1\r\nCLIENT GETNAME",
            5);
  both.send("c", "UNSUBSCRIBE\r\nLRANGE list 0 -1\r\nDEL list\r\nRPUSH list message a text", 4);
  both.send("c", "WATCH key\r\nLRANGE list 0 -1\r\nUNWATCH\r\nRPUSH list subscribe a 1", 4);
}

INSTANTIATE_TEST_SUITE_P(Protocols, Subscriptions, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

// --- What Redis alone does not show ---------------------------------------------------------------------

TEST(Subscribers, ALinkThatWasSubscribedIsNeverHeardOfAgain) {
  Stack stack;
  RedisClient publisher(stack.holdfast.port());
  for (int i = 0; i < 20; ++i) {
    RawClient subscriber(stack.holdfast.port());
    subscriber.send("HELLO 3\r\nSUBSCRIBE a\r\n");
    subscriber.read_reply();
    subscriber.read_reply();
    if (i % 2 == 0) subscriber.command({"UNSUBSCRIBE"});
    if (i % 3 == 0) subscriber.socket().reset();
  }
  ASSERT_TRUE(wait_until([&] { return publisher.command({"PUBLISH", "a", "x"}) == "0"; }));
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nPUBLISH a x\r\nEXEC\r\nGET key\r\n");
  for (const char* expected : {"+OK\r\n", "+QUEUED\r\n", "*1\r\n:0\r\n", "$-1\r\n"})
    EXPECT_EQ(client.read_reply(), expected);
}

TEST(Subscribers, EveryMessageComesInOrderToEveryone) {
  Stack stack({.server = "workers = 2\n"});
  constexpr int kSubscribers = 10;
  constexpr int kMessages = 2000;
  std::vector<std::unique_ptr<RawClient>> subscribers;
  for (int i = 0; i < kSubscribers; ++i) {
    subscribers.push_back(std::make_unique<RawClient>(stack.holdfast.port()));
    subscribers.back()->command({"SUBSCRIBE", "a"});
  }
  RedisClient publisher(stack.holdfast.port());
  for (int i = 0; i < kMessages; ++i) publisher.append({"PUBLISH", "a", std::to_string(i)});
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(publisher.next_reply(), std::to_string(kSubscribers));
  for (auto& subscriber : subscribers) {
    for (int i = 0; i < kMessages; ++i) {
      const std::string text = std::to_string(i);
      ASSERT_EQ(subscriber->read_reply(),
                "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
    }
  }
}

TEST(Subscribers, ALargeMessagePasses) {
  Stack stack;
  RawClient subscriber(stack.holdfast.port());
  subscriber.command({"SUBSCRIBE", "a"});
  const std::string text(4 * 1024 * 1024, 'x');
  RawClient publisher(stack.holdfast.port());
  publisher.send(encode_request({"PUBLISH", "a", text}));
  EXPECT_EQ(subscriber.read_reply(),
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
  EXPECT_EQ(publisher.read_reply(), ":1\r\n");
}

TEST(Subscribers, OneThatDoesNotReadIsDisconnectedAndTheOthersGetEverything) {
  Stack stack;
  TcpSocket lazy(static_cast<uint16_t>(stack.holdfast.port()), 4096);
  lazy.send("SUBSCRIBE a\r\n");
  RedisClient publisher(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(publisher, {"PUBLISH", "a", "begin"}, "1"));
  const std::string text(1024 * 1024, 'x');
  std::string receivers;
  int sent = 0;
  // 32 MiB wait for it, and some more is in the sockets.
  ASSERT_TRUE(wait_until([&] {
    ++sent;
    return (receivers = publisher.command({"PUBLISH", "a", text})) == "0";
  }));
  EXPECT_GE(sent, 32);
  EXPECT_LE(sent, 64);
  EXPECT_EQ(publisher.command({"PING"}), "PONG");
}

TEST(Subscribers, WhenRedisGoesTheirConnectionEnds) {
  Stack stack;
  RawClient subscriber(stack.holdfast.port());
  subscriber.command({"SUBSCRIBE", "a"});
  stack.redis.kill();
  EXPECT_EQ(subscriber.read_to_end(), "");
}

TEST(Subscribers, WritesBetweenSubscriptionsAreDurableLikeAnyOther) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("HELLO 3\r\nSUBSCRIBE a\r\nSET key 1\r\nPUBLISH a x\r\nINCR key\r\n");
  for (int i = 0; i < 5; ++i) client.read_reply();
  EXPECT_EQ(client.read_reply(), ":2\r\n");
  stack.redis.kill();
  EXPECT_EQ(stack.holdfast.stop(), 0);
}

}  // namespace
}  // namespace holdfast::testing
