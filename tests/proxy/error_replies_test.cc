#include "proxy/error_replies.h"

#include <gtest/gtest.h>

#include "resp/reply_framer.h"

namespace holdfast::proxy {
namespace {

using std::string_view_literals::operator""sv;

TEST(ErrorReplies, BeginWithTheCodeAndTheName) {
  EXPECT_EQ(error_reply("MISCONF", "the journal is full"), "-MISCONF holdfast: the journal is full\r\n");
  EXPECT_EQ(plain_error_reply("ERR syntax error"), "-ERR syntax error\r\n");
}

// A line end in a name that a client sent would be taken for the end of the reply.
TEST(ErrorReplies, HoldNoControlCharacters) {
  EXPECT_EQ(error_reply("NOPERM", "no 'x\r\n+OK\r\n'"), "-NOPERM holdfast: no 'x  +OK  '\r\n");
  EXPECT_EQ(plain_error_reply("ERR a\0b\x1f"sv), "-ERR a b \r\n");
  EXPECT_EQ(plain_error_reply("ERR \xc3\xa9"), "-ERR \xc3\xa9\r\n");
}

TEST(ErrorReplies, ConstantsAreWholeReplies) {
  for (const std::string_view reply : {kOk, kUncertainLinkLost, kUncertainNotDurable, kMaxClients}) {
    resp::ReplyFramer framer;
    size_t consumed = 0;
    EXPECT_EQ(framer.feed(reply.data(), reply.size(), consumed), resp::ReplyFramer::Outcome::kReply) << reply;
    EXPECT_EQ(consumed, reply.size());
  }
}

}  // namespace
}  // namespace holdfast::proxy
