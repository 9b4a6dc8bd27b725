// The replies of a real server, of every type that it has.

#include <gtest/gtest.h>

#include <string>

#include "resp/reply_framer.h"
#include "tests/resp/fragments.h"
#include "tests/support/redis_server.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::resp {
namespace {

using testing::printable;
using Outcome = ReplyFramer::Outcome;

// Frames replies as they come; the bytes of one more reply at each call.
class FramingClient {
 public:
  explicit FramingClient(int port) : socket_(static_cast<uint16_t>(port)) {}

  void send(std::string_view bytes) { ASSERT_TRUE(socket_.send(bytes)); }

  std::string next_reply() {
    std::string reply;
    while (true) {
      if (buffer_.empty()) {
        auto piece = socket_.read_some();
        if (!piece.has_value() || piece->empty()) {
          ADD_FAILURE() << "no reply behind " << printable(reply);
          return reply;
        }
        buffer_ = *piece;
      }
      size_t consumed = 0;
      const Outcome outcome = framer_.feed(buffer_.data(), buffer_.size(), consumed);
      reply += buffer_.substr(0, consumed);
      buffer_.erase(0, consumed);
      if (outcome == Outcome::kNeedMore) continue;
      EXPECT_EQ(outcome, Outcome::kReply) << printable(reply);
      return reply;
    }
  }

 private:
  testing::TcpSocket socket_;
  ReplyFramer framer_;
  std::string buffer_;
};

void expect_framed(int protocol, std::initializer_list<std::string_view> types) {
  const testing::RedisServer redis;
  FramingClient client(redis.port());
  client.send("HELLO " + std::to_string(protocol) + "\r\n");
  EXPECT_EQ(client.next_reply()[0], protocol == 3 ? '%' : '*');
  for (const std::string_view type : types) {
    SCOPED_TRACE(type);
    const std::string marker = "behind " + std::string(type);
    client.send("DEBUG PROTOCOL " + std::string(type) + "\r\nECHO '" + marker + "'\r\n");
    std::string reply = client.next_reply();
    if (type == "push" && protocol == 3) {
      EXPECT_EQ(reply[0], '>');
      reply = client.next_reply();  // the reply to the command itself
    }
    EXPECT_NE(reply[0], '-') << printable(reply);
    EXPECT_EQ(client.next_reply(), "$" + std::to_string(marker.size()) + "\r\n" + marker + "\r\n");
  }
  // Long and deep ones.
  client.send("COMMAND\r\nCOMMAND DOCS\r\nINFO everything\r\nECHO end\r\n");
  EXPECT_GT(client.next_reply().size(), 10'000u);
  EXPECT_GT(client.next_reply().size(), 10'000u);
  EXPECT_GT(client.next_reply().size(), 1'000u);
  EXPECT_EQ(client.next_reply(), "$3\r\nend\r\n");
}

TEST(ReplyFramerServer, Resp2) {
  expect_framed(2, {"string", "integer", "double", "null", "array", "set", "map", "verbatim", "true", "false",
                    "bignum"});
}

TEST(ReplyFramerServer, Resp3) {
  expect_framed(3, {"string", "integer", "double", "null", "array", "set", "map", "attrib", "push",
                    "verbatim", "true", "false", "bignum"});
}

}  // namespace
}  // namespace holdfast::resp
