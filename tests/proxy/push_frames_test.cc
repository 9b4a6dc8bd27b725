#include "proxy/push_frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::proxy {
namespace {

using Kind = FrameKind;

struct Case {
  std::string frame;
  Kind kind;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"+OK\r\n", Kind::kReply},
      {"+1\r\n", Kind::kReply},
      {"+1.5\r\n", Kind::kReply},
      {"+1.5 x\r\n", Kind::kReply},
      {"+1700000000.123456 [0 127.0.0.1:1] \"PING\"\r\n", Kind::kMonitorLine},
      {"-ERR\r\n", Kind::kReply},
      {"$7\r\nmessage\r\n", Kind::kReply},
      {"*0\r\n", Kind::kReply},
      {"*-1\r\n", Kind::kReply},
      {"*1\r\n$-1\r\n", Kind::kReply},
      {"*1\r\n:1\r\n", Kind::kReply},
      {"*2\r\n$4\r\npong\r\n$0\r\n\r\n", Kind::kReply},
      {"*3\r\n$7\r\nmessag!\r\n$1\r\na\r\n$1\r\nb\r\n", Kind::kReply},
      {"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n", Kind::kMessage},
      {"*4\r\n$8\r\npmessage\r\n$1\r\na\r\n$1\r\na\r\n$1\r\nb\r\n", Kind::kMessage},
      {">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\nb\r\n", Kind::kMessage},
      {">2\r\n$10\r\ninvalidate\r\n_\r\n", Kind::kOtherPush},
      {">2\r\n$21\r\ntracking-redir-broken\r\n:7\r\n", Kind::kRedirectBroken},
      {">1\r\n+new\r\n", Kind::kOtherPush},
      {"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", Kind::kSubscribe},
      {"*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", Kind::kUnsubscribe},
      {">3\r\n$10\r\npsubscribe\r\n$1\r\na\r\n:1\r\n", Kind::kPsubscribe},
      {">3\r\n$12\r\npunsubscribe\r\n$1\r\na\r\n:1\r\n", Kind::kPunsubscribe},
      {">3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n", Kind::kSsubscribe},
      {">3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:1\r\n", Kind::kSunsubscribe},
  };
  return all;
}

TEST(PushFrames, EveryKindIsKnownWhenTheFrameIsComplete) {
  for (const Case& one : cases()) EXPECT_EQ(frame_kind(one.frame, true), one.kind) << one.frame;
}

// Whatever the network cuts it into, no byte is lost and the kind is the same.
TEST(PushFrames, EveryKindIsKnownByteByByte) {
  for (const Case& one : cases()) {
    PushFrames frames(false);
    std::string seen;
    Kind kind = Kind::kUndecided;
    for (size_t at = 0; at < one.frame.size(); ++at) {
      std::string_view piece = std::string_view(one.frame).substr(at, 1);
      kind = frames.take(piece, at + 1 == one.frame.size());
      if (kind != Kind::kUndecided) seen += piece;
    }
    EXPECT_EQ(kind, one.kind) << one.frame;
    EXPECT_EQ(seen, one.frame);
    EXPECT_TRUE(frames.inside_frame());
    frames.frame_ended();
    EXPECT_FALSE(frames.inside_frame());
  }
}

TEST(PushFrames, TheMiddleOfAReplyIsAReplyWhateverItLooksLike) {
  PushFrames frames(true);
  std::string_view piece = ">3\r\n$7\r\nmessage\r\n";
  EXPECT_EQ(frames.take(piece, true), Kind::kReply);
}

TEST(PushFrames, AConfirmationHasItsCountAtTheEnd) {
  const std::string frame = "*3\r\n$9\r\nsubscribe\r\n$100\r\n" + std::string(100, ':') + "\r\n:12345\r\n";
  for (const size_t step : {1, 7, 1000}) {
    PushFrames frames(false);
    for (size_t at = 0; at < frame.size(); at += step) {
      std::string_view piece = std::string_view(frame).substr(at, step);
      frames.take(piece, at + step >= frame.size());
    }
    EXPECT_EQ(frames.count(), 12345u);
  }
}

TEST(Subscriptions, AreCountedAsTheServerCounts) {
  Subscriptions subscriptions;
  subscriptions.confirm(Kind::kSubscribe, 1);
  subscriptions.confirm(Kind::kSubscribe, 2);
  subscriptions.confirm(Kind::kPsubscribe, 3);
  subscriptions.confirm(Kind::kSsubscribe, 1);
  EXPECT_EQ(subscriptions.channels(), 2u);
  EXPECT_EQ(subscriptions.patterns(), 1u);
  EXPECT_EQ(subscriptions.shards(), 1u);
  EXPECT_EQ(subscriptions.total(), 4u);
  EXPECT_EQ(subscriptions.confirmations_of_all(Kind::kUnsubscribe), 2u);
  subscriptions.confirm(Kind::kUnsubscribe, 2);
  subscriptions.confirm(Kind::kUnsubscribe, 1);
  subscriptions.confirm(Kind::kPunsubscribe, 0);
  EXPECT_EQ(subscriptions.total(), 1u);
  EXPECT_EQ(subscriptions.confirmations_of_all(Kind::kUnsubscribe), 1u);  // "there was none"
  subscriptions.confirm(Kind::kSunsubscribe, 0);
  EXPECT_EQ(subscriptions.total(), 0u);
}

}  // namespace
}  // namespace holdfast::proxy
