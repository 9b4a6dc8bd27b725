// A user with keys of its own tries, over the wire, to reach another's: no way of sending a request changes
// what it may do, and Redis has not been asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Bypasses : ::testing::Test {
  Bypasses() {
    direct.command({"SET", "other", "theirs"});
    EXPECT_EQ(raw.command({"AUTH", "app", "app"}), "+OK\r\n");
  }
  // Nothing of it was done.
  ~Bypasses() override { EXPECT_EQ(direct.command({"GET", "other"}), "theirs"); }

  Stack stack{{.environment = "auth = \"users\"\n[environment.default.user.app]\npassword_sha256 = [\"" +
                              to_hex(sha256("app")) + "\"]\nacl = \"+@all ~mine:* &mine:*\"\n"}};
  RedisClient direct{stack.redis.port()};
  RawClient raw{stack.holdfast.port()};
};

TEST_F(Bypasses, InlineRequestsAreTheSameRequests) {
  for (const char* line :
       {"GET other\r\n", "get other\n", "\"GET\" \"other\"\r\n", "GET \"\\x6fther\"\r\n", "GET 'other'\r\n",
        "   SET   other   x\r\n", "DEL mine:1 other\r\n", "COPY other mine:1\r\n"}) {
    raw.send(line);
    EXPECT_THAT(raw.read_reply(), StartsWith("-NOPERM")) << line;
  }
}

TEST_F(Bypasses, LargeArgumentsAreLookedAtToo) {
  const std::string large(300'000, 'x');
  EXPECT_THAT(raw.command({"SET", "other", large}), StartsWith("-NOPERM"));
  EXPECT_THAT(raw.command({"MSET", "mine:1", large, "other", large}), StartsWith("-NOPERM"));
  EXPECT_THAT(raw.command({"EVAL", "return 1 --" + large, "2", "mine:1", "other"}), StartsWith("-NOPERM"));
  std::vector<std::string> many = {"DEL"};
  for (int i = 0; i < 30'000; ++i) many.push_back("mine:" + std::to_string(i));
  EXPECT_EQ(raw.command(many), ":0\r\n");
  many.push_back("other");
  EXPECT_THAT(raw.command(many), StartsWith("-NOPERM"));
}

TEST_F(Bypasses, StatesOfTheConnectionChangeNothing) {
  EXPECT_EQ(raw.command({"MULTI"}), "+OK\r\n");
  EXPECT_THAT(raw.command({"SET", "other", "x"}), StartsWith("-NOPERM"));
  EXPECT_THAT(raw.command({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_THAT(raw.command({"WATCH", "other"}), StartsWith("-NOPERM"));
  // Unsaid is not undecided.
  raw.send(
      "CLIENT REPLY OFF\r\nSET other x\r\nSET mine:1 y\r\nCLIENT REPLY SKIP\r\nSET other x\r\nCLIENT REPLY "
      "ON\r\n");
  EXPECT_EQ(raw.read_reply(), "+OK\r\n");
  EXPECT_EQ(raw.command({"GET", "mine:1"}), "$1\r\ny\r\n");
  EXPECT_EQ(raw.command({"SUBSCRIBE", "mine:c"}), "*3\r\n$9\r\nsubscribe\r\n$6\r\nmine:c\r\n:1\r\n");
  EXPECT_THAT(raw.command({"SUBSCRIBE", "other"}), StartsWith("-NOPERM"));
  EXPECT_EQ(raw.command({"RESET"}), "+RESET\r\n");
  EXPECT_THAT(raw.command({"GET", "mine:1"}), StartsWith("-NOAUTH"));
}

TEST_F(Bypasses, ScriptsReachNoFurther) {
  for (const char* script : {"return redis.call('GET', 'other')", "return redis.pcall('SET', 'other', 'x')",
                             "return redis.call('MSET', 'mine:1', 'x', 'other', 'x')",
                             "redis.setresp(3); return redis.call('GETDEL', 'other')"})
    EXPECT_THAT(raw.command({"EVAL", script, "0"}), StartsWith("-")) << script;
  EXPECT_THAT(raw.command({"EVAL", "return redis.call('GET', KEYS[1])", "1", "other"}),
              StartsWith("-NOPERM"));
  EXPECT_EQ(raw.command({"EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "mine:1"}), "+OK\r\n");
}

TEST_F(Bypasses, AskingAboutAKeyIsReadingIt) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"OBJECT", "ENCODING", "other"},
                                             {"MEMORY", "USAGE", "other"},
                                             {"DUMP", "other"},
                                             {"TYPE", "other"},
                                             {"TTL", "other"},
                                             {"EXISTS", "mine:1", "other"},
                                             {"XINFO", "STREAM", "other"},
                                             {"LCS", "mine:1", "other"},
                                             {"OBJECT", "FREQ", "other"},
                                             {"TOUCH", "other"},
                                             {"STRLEN", "other"}})
    EXPECT_THAT(raw.command(words), StartsWith("-NOPERM")) << words[0];
}

}  // namespace
}  // namespace holdfast::testing
