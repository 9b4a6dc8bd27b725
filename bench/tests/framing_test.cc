#include "bench/floor/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace holdfast::bench {
namespace {

TEST(FloorFraming, CountsWholeRequestsAndLeavesTheTail) {
  const std::string request = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  const std::string two = request + request;
  for (size_t cut = 0; cut < request.size(); ++cut) {
    const std::string bytes = two + request.substr(0, cut);
    const Framed framed = frame_requests(bytes.data(), bytes.size());
    EXPECT_EQ(framed.items, 2u) << cut;
    EXPECT_EQ(framed.bytes, two.size()) << cut;
    EXPECT_FALSE(framed.is_wrong) << cut;
  }
}

TEST(FloorFraming, CountsRepliesUpToTheNumberWanted) {
  const std::string_view replies = "+OK\r\n$-1\r\n$3\r\nabc\r\n:1\r\n-ERR no\r\n+O";
  const Framed all = frame_replies(replies.data(), replies.size(), 100);
  EXPECT_EQ(all.items, 5u);
  EXPECT_EQ(all.bytes, replies.size() - 2);
  const Framed two = frame_replies(replies.data(), replies.size(), 2);
  EXPECT_EQ(two.items, 2u);
  EXPECT_EQ(two.bytes, std::string_view("+OK\r\n$-1\r\n").size());
}

TEST(FloorFraming, ARepliesTailIsCutAtEveryByte) {
  const std::string_view reply = "$12\r\nabcdefghijkl\r\n";
  for (size_t size = 1; size < reply.size(); ++size) {
    const Framed framed = frame_replies(reply.data(), size, 1);
    EXPECT_EQ(framed.items, 0u) << size;
    EXPECT_EQ(framed.bytes, 0u) << size;
    EXPECT_FALSE(framed.is_wrong) << size;
  }
}

TEST(FloorFraming, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(frame_requests("PING\r\n", 6).is_wrong);
  EXPECT_TRUE(frame_replies("*1\r\n:1\r\n", 8, 1).is_wrong);
}

}  // namespace
}  // namespace holdfast::bench
