// Where replies end, for every type of RESP2 and RESP3, in every fragmentation.

#include "resp/reply_framer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/resp/fragments.h"
#include "tests/resp/random_bytes.h"

namespace holdfast::resp {
namespace {

using std::string_literals::operator""s;
using testing::for_each_fragmentation;
using testing::Fragments;
using testing::HeapBlock;
using testing::printable;
using Outcome = ReplyFramer::Outcome;

struct Framed {
  std::vector<size_t> ends;  // from the beginning of the stream
  std::string types;
  bool failed = false;
  bool at_boundary = false;

  friend bool operator==(const Framed&, const Framed&) = default;
};

void PrintTo(const Framed& framed, std::ostream* out) {
  for (size_t i = 0; i < framed.ends.size(); ++i) *out << framed.types[i] << " to " << framed.ends[i] << ", ";
  *out << (framed.failed ? "an error" : framed.at_boundary ? "a boundary" : "more to come");
}

Framed frame(const Fragments& fragments) {
  ReplyFramer framer;
  Framed framed;
  size_t before = 0;
  for (const std::string_view fragment : fragments) {
    const HeapBlock block(fragment);
    size_t at = 0;
    while (at < block.size()) {
      size_t consumed = 0;
      const Outcome outcome = framer.feed(block.data() + at, block.size() - at, consumed);
      EXPECT_GT(consumed, 0u);
      EXPECT_LE(consumed, block.size() - at);
      at += consumed;
      if (outcome == Outcome::kError) {
        framed.failed = true;
        return framed;
      }
      EXPECT_EQ(framer.at_boundary(), outcome == Outcome::kReply);
      if (outcome == Outcome::kReply) {
        framed.ends.push_back(before + at);
        framed.types += framer.type();
      } else {
        EXPECT_EQ(at, block.size());
      }
    }
    before += block.size();
  }
  framed.at_boundary = framer.at_boundary();
  return framed;
}

// Each reply alone and all of them in a row.
void check(const std::vector<std::string>& replies) {
  std::string stream;
  Framed expected;
  for (const std::string& reply : replies) {
    SCOPED_TRACE(printable(reply));
    const Framed alone{{reply.size()}, reply.substr(0, 1), false, true};
    for_each_fragmentation(reply, [&](const Fragments& pieces) { ASSERT_EQ(frame(pieces), alone); });
    stream += reply;
    expected.ends.push_back(stream.size());
    expected.types += reply[0];
  }
  expected.at_boundary = true;
  for_each_fragmentation(stream, [&](const Fragments& pieces) { ASSERT_EQ(frame(pieces), expected); });
}

TEST(ReplyFramer, Resp2) {
  check({"+OK\r\n", "+\r\n", "-ERR no such key\r\n", ":0\r\n", ":-9223372036854775808\r\n", "$5\r\nhello\r\n",
         "$0\r\n\r\n", "$12\r\n+OK\r\n$3\r\nab\n\r\n", "*0\r\n", "*2\r\n+a\r\n:1\r\n",
         "*3\r\n$1\r\na\r\n$-1\r\n-ERR in between\r\n"});
}

TEST(ReplyFramer, NullsOfResp2) {
  check({"$-1\r\n", "*-1\r\n", "*2\r\n$-1\r\n*-1\r\n"});
}

TEST(ReplyFramer, Resp3) {
  check({"_\r\n", "#t\r\n", "#f\r\n", ",3.14\r\n", ",inf\r\n", ",-inf\r\n", ",nan\r\n", ",1.5e300\r\n",
         "(-3492890328409238509324850943850943825024385\r\n", "!21\r\nSYNTAX invalid syntax\r\n",
         "=15\r\ntxt:Some string\r\n", "=4\r\ntxt:\r\n", "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%0\r\n",
         "~3\r\n+a\r\n#t\r\n_\r\n", "~0\r\n", ">3\r\n+message\r\n+channel\r\n$2\r\nhi\r\n", ">0\r\n"});
}

TEST(ReplyFramer, Nested) {
  check({"*2\r\n*2\r\n+a\r\n+b\r\n*0\r\n", "*1\r\n*1\r\n*1\r\n$0\r\n\r\n",
         "%2\r\n+a\r\n%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n~1\r\n+c\r\n_\r\n",
         "*3\r\n%1\r\n+k\r\n=5\r\ntxt:v\r\n(123\r\n~1\r\n!3\r\nERR\r\n"});
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "*1\r\n";
  check({deep + ":1\r\n"});
}

// An attribute stands before an element and is not one itself.
TEST(ReplyFramer, Attributes) {
  check({"|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", "|0\r\n:1\r\n",
         "|1\r\n+key-popularity\r\n%2\r\n$1\r\na\r\n,0.1923\r\n$1\r\nb\r\n,0.0012\r\n*2\r\n:2039123\r\n:"
         "9543892\r\n",
         "*3\r\n:1\r\n:2\r\n|1\r\n+ttl\r\n:3600\r\n:3\r\n", "|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n+OK\r\n",
         "|1\r\n|1\r\n+x\r\n+y\r\n+a\r\n:1\r\n+OK\r\n"});
}

// Nor is a push: Redis 7.0 puts it there when a transaction publishes to a channel of its own client.
TEST(ReplyFramer, PushesInsideOfAReply) {
  const std::string push = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n";
  check({push, "*1\r\n" + push + ":1\r\n", "*2\r\n" + push + ":1\r\n" + push + push + "+OK\r\n"});
}

TEST(ReplyFramer, LargeValues) {
  const std::string value(100'000, '\n');
  std::string array = "*500\r\n";
  for (int i = 0; i < 500; ++i) array += "$3\r\nabc\r\n";
  check({"$100000\r\n" + value + "\r\n"});
  check({array});
}

// The framer keeps nothing, so a value of any size passes.
TEST(ReplyFramer, AHugeValuePassesInPieces) {
  static_assert(std::is_trivially_copyable_v<ReplyFramer>);
  ReplyFramer framer;
  size_t consumed = 0;
  const std::string head = "$209715200\r\n";
  ASSERT_EQ(framer.feed(head.data(), head.size(), consumed), Outcome::kNeedMore);
  const std::string piece(1024 * 1024, 'x');
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(framer.feed(piece.data(), piece.size(), consumed), Outcome::kNeedMore);
    ASSERT_EQ(consumed, piece.size());
  }
  ASSERT_EQ(framer.feed("\r\n+OK\r\n", 7, consumed), Outcome::kReply);
  EXPECT_EQ(consumed, 2u);
}

TEST(ReplyFramer, AnUnfinishedReplyIsNotABoundary) {
  for (const char* reply : {"+", "+O", "+OK\r", "$", "$3", "$3\r", "$3\r\n", "$3\r\nabc", "$3\r\nabc\r",
                            "*2\r\n", "*2\r\n:1\r\n", "|1\r\n+a\r\n:1\r\n", "|0\r\n", "%1\r\n+a\r\n"})
    for_each_fragmentation(
        reply, [&](const Fragments& pieces) { ASSERT_EQ(frame(pieces), Framed()) << printable(reply); });
}

TEST(ReplyFramer, WhatIsNotResp) {
  for (const std::string reply : {"OK\r\n",
                                  "\r\n",
                                  "x",
                                  "\xff",
                                  "1\r\n",
                                  "$\r\n",
                                  "$-\r\n",
                                  "$x\r\n",
                                  "$1x\r\n",
                                  "$--1\r\n",
                                  "$1-\r\n",
                                  "$+1\r\n",
                                  "$-2\r\n",
                                  "$ 1\r\n",
                                  "$?\r\n",
                                  "*\r\n",
                                  "*-2\r\n",
                                  "*x\r\n",
                                  "*?\r\n",
                                  "*1\n",
                                  "*1\rx",
                                  "*1\r\r\n",
                                  "*1\r2\n",
                                  "%-2\r\n",
                                  "~x\r\n",
                                  ">x\r\n",
                                  "|x\r\n",
                                  "=-2\r\n",
                                  "!x\r\n",
                                  "*2\r\n:1\r\nx",
                                  "$3\r\nabc\r\nx",
                                  "$2000000000000\r\n",
                                  "*2000000000000\r\n",
                                  "*99999999999999999999999\r\n",
                                  "%1000000000000\r\n",
                                  "$99999999999999999999999999999999999999999\r\n"})
    for_each_fragmentation(
        reply, [&](const Fragments& pieces) { ASSERT_TRUE(frame(pieces).failed) << printable(reply); });
  EXPECT_TRUE(frame({"\0"s}).failed);
}

// Counts that are each believable may not add up to one that is not.
TEST(ReplyFramer, NestedHugeCountsAreAnErrorAtSomePoint) {
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "*1099511627776\r\n";
  EXPECT_TRUE(frame({stream}).failed);
}

TEST(ReplyFramer, RandomBytesInAnyFragmentation) {
  testing::RandomBytes random(1'234);
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    std::string bytes = random.below(4) == 0
                            ? random.any(random.below(40))
                            : random.of("+-:$$**%~>|=!_#,(0123\r\n\r\n\r\nx", random.below(60));
    if (random.below(2) == 0)
      bytes = random.mutated("*2\r\n$3\r\nabc\r\n%1\r\n+a\r\n:1\r\n+OK\r\n|1\r\n+a\r\n_\r\n") + bytes;
    Fragments single;
    for (size_t at = 0; at < bytes.size(); ++at) single.push_back(std::string_view(bytes).substr(at, 1));
    const Framed whole = frame({bytes});
    ASSERT_EQ(frame(single), whole) << printable(bytes);
    ASSERT_EQ(frame(random.cut(bytes)), whole) << printable(bytes);
  }
}

}  // namespace
}  // namespace holdfast::resp
