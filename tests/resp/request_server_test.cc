// A real redis-server's word on what the parser decides: the words of inline requests, and the errors.

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "resp/request_parser.h"
#include "tests/resp/fragments.h"
#include "tests/resp/random_bytes.h"
#include "tests/support/redis_server.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::resp {
namespace {

using testing::printable;
using testing::RandomBytes;
using testing::RedisServer;
using testing::TcpSocket;
using Outcome = RequestParser::Outcome;

// What a line says, as words or as an error's whole reply.
struct Line {
  std::vector<std::string> words;
  std::string error;

  friend bool operator==(const Line&, const Line&) = default;
};

void PrintTo(const Line& line, std::ostream* out) {
  *out << printable(line.error);
  for (const std::string& word : line.words) *out << "[" << printable(word) << "]";
}

// Redis says what it has understood: a script gives its arguments back.
constexpr std::string_view kAsk = "EVAL 'return ARGV' 0 ";

Line ours(const std::string& line) {
  const std::string bytes = std::string(kAsk) + line + "\r\n";
  RequestParser parser;
  if (parser.parse(bytes.data(), bytes.size()) == Outcome::kError)
    return {{}, std::string(parser.error_reply())};
  EXPECT_EQ(parser.consumed(), bytes.size());
  const auto arguments = parser.arguments();
  return {{arguments.begin() + 3, arguments.end()}, ""};
}

class AskingClient {
 public:
  explicit AskingClient(const RedisServer& redis) : redis_(redis) { connect(); }
  ~AskingClient() { redisReaderFree(reader_); }

  Line ask(const std::string& line) {
    EXPECT_TRUE(socket_->send(std::string(kAsk) + line + "\r\n"));
    void* raw = nullptr;
    std::string bytes;
    while (raw == nullptr) {
      const auto piece = socket_->read_some();
      if (!piece.has_value() || piece->empty()) {
        ADD_FAILURE() << "no answer to " << printable(line);
        return {};
      }
      bytes += *piece;
      redisReaderFeed(reader_, piece->data(), piece->size());
      EXPECT_EQ(redisReaderGetReply(reader_, &raw), REDIS_OK);
    }
    auto* reply = static_cast<redisReply*>(raw);
    Line answer;
    if (reply->type == REDIS_REPLY_ERROR) {
      answer.error = bytes;
      connect();  // the server closes behind a protocol error
    }
    for (size_t i = 0; i < reply->elements; ++i)
      answer.words.emplace_back(reply->element[i]->str, reply->element[i]->len);
    freeReplyObject(reply);
    return answer;
  }

 private:
  void connect() {
    socket_.emplace(static_cast<uint16_t>(redis_.port()));
    redisReaderFree(std::exchange(reader_, redisReaderCreate()));
  }

  const RedisServer& redis_;
  std::optional<TcpSocket> socket_;
  redisReader* reader_ = nullptr;
};

TEST(RequestServer, InlineWordsAreRedissWords) {
  const RedisServer redis;
  AskingClient client(redis);
  for (const std::string line : {"",
                                 "a",
                                 "a b",
                                 "  a\t\tb  ",
                                 "\"a b\"",
                                 "'a b'",
                                 "\"\"",
                                 "''",
                                 "\"\" ''",
                                 "a\"b c\"",
                                 "a'b c'",
                                 "\"a\"b",
                                 "'a'b",
                                 "\"a\"\"b\"",
                                 "'a'\"b\"",
                                 "\"",
                                 "'",
                                 "a\"",
                                 "a'",
                                 "\"a'",
                                 "'a\"",
                                 "\\",
                                 "\"\\",
                                 "'\\",
                                 "\"\\\"",
                                 "'\\'",
                                 "\"\\\\\"",
                                 "'\\\\'",
                                 "\"\\\"\"",
                                 "'\\''",
                                 "\"\\n\\r\\t\\b\\a\"",
                                 "'\\n\\r\\t\\b\\a'",
                                 "\"\\q\\'\\ \"",
                                 "\"\\x41\\xFf\\x0a\"",
                                 "\"\\x00\"",
                                 "\"\\x4\"",
                                 "\"\\x4",
                                 "\"\\xg1\"",
                                 "\"\\x1g\"",
                                 "\"\\x\"",
                                 "\"\\X41\"",
                                 "'\\x41'",
                                 "a\\nb",
                                 "a\rb",
                                 "\ra\r",
                                 "a\vb",
                                 "\va",
                                 "a\v",
                                 "a\fb",
                                 "\v \f",
                                 "\"a\"\vb",
                                 "\"a\"\rb",
                                 "'a'\fb",
                                 "\"a\vb\"",
                                 "\xff\xfe",
                                 "\"\xff\xfe\"",
                                 "*1",
                                 "$4",
                                 "\x01\x7f"})
    EXPECT_EQ(ours(line), client.ask(line)) << printable(line);
}

TEST(RequestServer, RandomInlineWordsAreRedissWords) {
  const RedisServer redis;
  AskingClient client(redis);
  RandomBytes random(20'240'611);
  for (int i = 0; i < 3000; ++i) {
    const std::string line = random.of("ab \"\"''\\\\\\x4f0n\t\r\v\f\xff", random.below(16));
    ASSERT_EQ(ours(line), client.ask(line)) << printable(line);
  }
}

std::string our_error(const std::string& bytes, const Limits& limits) {
  RequestParser parser;
  EXPECT_EQ(parser.parse(bytes.data(), bytes.size(), limits), Outcome::kError) << printable(bytes);
  return std::string(parser.error_reply());
}

void expect_redis_error(const RedisServer& redis, const std::string& bytes, const Limits& limits = kLimits) {
  TcpSocket socket(static_cast<uint16_t>(redis.port()));
  EXPECT_TRUE(socket.send(bytes)) << printable(bytes);
  EXPECT_EQ(socket.read_to_end(), our_error(bytes, limits)) << printable(bytes);
}

TEST(RequestServer, ErrorsAreRedissErrors) {
  const RedisServer redis;
  for (const std::string number :
       {"", "x", "-", "+1", " 1", "1 ", "1x", "--1", "-0", "01", "00", "-01", "1\n", "9223372036854775808",
        "9999999999999999999", "18446744073709551617"}) {
    expect_redis_error(redis, "*" + number + "\r\n");
    expect_redis_error(redis, "*1\r\n$" + number + "\r\n");
  }
  expect_redis_error(redis, "*2147483648\r\n");
  expect_redis_error(redis, "*1\r\n$-1\r\n");
  expect_redis_error(redis, "*1\r\n$536870913\r\n");
  for (const std::string instead : {":1\r\n", "*1\r\n", "PING\r\n", "~\r\n"})
    expect_redis_error(redis, "*1\r\n" + instead);
  expect_redis_error(redis, "*2\r\n$1\r\nabcde\r\n$1\r\nb\r\n");
  expect_redis_error(redis, std::string(65'537, 'x'));
  expect_redis_error(redis, "SET k \"v\r\n");
}

TEST(RequestServer, ErrorsBeforeAuthAreRedissErrors) {
  const RedisServer redis({"--requirepass", "secret"});
  expect_redis_error(redis, "*11\r\n", kLimitsBeforeAuth);
  expect_redis_error(redis, "*1\r\n$16385\r\n", kLimitsBeforeAuth);
  expect_redis_error(redis, "*1\r\n$-1\r\n", kLimitsBeforeAuth);
}

// Requests that are in order for us are in order for Redis, with the same borders: as many replies come.
TEST(RequestServer, BordersAreRedissBorders) {
  const RedisServer redis;
  for (const std::string bytes :
       {"*1\r\n$4\r\nPING\r\n", "*1\r\n$4\r\nPINGxx", "*0\r\n*-1\r\n*-10\r\n*1\r\n$4\r\nPING\r\n", "PING\r\n",
        "PING\n", "\r\n\n  \r\nPING\r\n", "\"PING\"\r\n",
        "*1\r\n$4\r\nPING\n\r*1\r\n$4\r\nPING\r\nPING\r\n"}) {
    size_t requests = 0;
    RequestParser parser;
    for (size_t at = 0; at < bytes.size(); at += parser.consumed()) {
      const Outcome outcome = parser.parse(bytes.data() + at, bytes.size() - at);
      ASSERT_TRUE(outcome == Outcome::kRequest || outcome == Outcome::kEmpty) << printable(bytes);
      if (outcome == Outcome::kRequest) ++requests;
    }
    TcpSocket socket(static_cast<uint16_t>(redis.port()));
    ASSERT_TRUE(socket.send(bytes + "QUIT\r\n"));
    std::string expected;
    for (size_t i = 0; i < requests; ++i) expected += "+PONG\r\n";
    EXPECT_EQ(socket.read_to_end(), expected + "+OK\r\n") << printable(bytes);
  }
}

}  // namespace
}  // namespace holdfast::resp
