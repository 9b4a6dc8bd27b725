#include "bench/load/messages.h"

#include <gtest/gtest.h>

namespace holdfast::bench {
namespace {

using Outcome = Messages::Outcome;

Outcome check(const Messages& messages, std::string_view reply, RequestKind kind) {
  size_t consumed = 0;
  return messages.check(reply.data(), reply.size(), kind, consumed);
}

TEST(Messages, WritesTheKeyIntoTheRequest) {
  std::string out;
  Messages(3).append(out, RequestKind::kSet, 1234);
  Messages(3).append(out, RequestKind::kGet, 0);
  EXPECT_EQ(out,
            "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$3\r\nxxx\r\n"
            "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n");
}

TEST(Messages, TakesOnlyTheReplyThatTheRequestMustGet) {
  const Messages messages(3);
  EXPECT_EQ(check(messages, "+OK\r\n", RequestKind::kSet), Outcome::kExpected);
  EXPECT_EQ(check(messages, "+QUEUED\r\n", RequestKind::kSet), Outcome::kWrong);
  EXPECT_EQ(check(messages, "-MISCONF no\r\n", RequestKind::kSet), Outcome::kWrong);
  EXPECT_EQ(check(messages, "$3\r\nxxx\r\n", RequestKind::kGet), Outcome::kExpected);
  EXPECT_EQ(check(messages, "$-1\r\n", RequestKind::kGet), Outcome::kWrong);
  EXPECT_EQ(check(messages, "$4\r\nxxxx\r\n", RequestKind::kGet), Outcome::kWrong);
  EXPECT_EQ(check(messages, "+OK\r\n", RequestKind::kGet), Outcome::kWrong);
}

TEST(Messages, EveryPartOfAReplyNeedsMore) {
  const Messages messages(3);
  for (const std::string_view reply : {"+OK\r\n", "$3\r\nxxx\r\n"}) {
    const RequestKind kind = reply[0] == '+' ? RequestKind::kSet : RequestKind::kGet;
    for (size_t size = 1; size < reply.size(); ++size) {
      EXPECT_EQ(check(messages, reply.substr(0, size), kind), Outcome::kNeedMore) << size;
    }
  }
}

TEST(Messages, SaysWhatWasWrong) {
  const std::string_view reply = "-MISCONF holdfast: no journal\r\n+OK";
  EXPECT_EQ(Messages::describe(RequestKind::kSet, reply.data(), reply.size()),
            "the reply to a SET was '-MISCONF holdfast: no journal'");
}

}  // namespace
}  // namespace holdfast::bench
