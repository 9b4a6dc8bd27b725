// What one client does must not reach another through the links that they share, nor Holdfast's own
// questions through a link that is lent: regressions found by trying to break it.
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string request(const std::vector<std::string>& arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments) bytes += bulk(argument);
  return bytes;
}

TEST(SharedUpstream, AGroupCalledStreamsDoesNotHideThatAReadBlocks) {
  Stack stack;
  RedisClient reader(stack.holdfast.port());
  ASSERT_EQ(reader.command({"XGROUP", "CREATE", "st", "streams", "$", "MKSTREAM"}), "OK");
  reader.append({"XREADGROUP", "GROUP", "streams", "c", "BLOCK", "0", "STREAMS", "st", ">"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(reader.context(), &done), REDIS_OK);
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"SET", "key", "1"}), "OK");
}

TEST(SharedUpstream, ALargeRequestMayBeSplitBeforeItsName) {
  Stack stack;
  std::vector<std::string> arguments = {"MSET"};
  for (int i = 0; i < 15'000; ++i) {
    arguments.push_back("key:" + std::to_string(i));
    arguments.push_back("v");
  }
  const std::string bytes = request(arguments);
  RawClient client(stack.holdfast.port());
  for (const size_t first : {1, 3, 8, 9, 12, 14, 20}) {
    ASSERT_TRUE(client.send(std::string_view(bytes).substr(0, first)));
    // An answer to something else shows that the first piece was read on its own.
    EXPECT_EQ(RawClient(stack.holdfast.port()).command({"PING"}), "+PONG\r\n");
    ASSERT_TRUE(client.send(std::string_view(bytes).substr(first)));
    EXPECT_EQ(client.read_reply(), "+OK\r\n") << "split at " << first;
  }
}

// Nothing that follows a MULTI that Redis has refused may look like an acknowledged write.
TEST(SharedUpstream, AMultiThatRedisRefusesEndsTheConnection) {
  RedisServer redis({"--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-multi"});
  // Checked, it would run as a user that Holdfast has made, which may.
  Holdfast holdfast({.upstream_url = "redis://app:s3cret@127.0.0.1:" + std::to_string(redis.port()),
                     .environment = "scripts = { mode = 'unchecked' }\n"},
                    HoldfastProcess::Until::kReady);
  RawClient client(holdfast.port());
  ASSERT_TRUE(client.send(request({"MULTI"}) + request({"SET", "key", "1"})));
  const std::string replies = client.read_to_end();
  EXPECT_TRUE(replies.starts_with("-NOPERM")) << replies;
  EXPECT_EQ(replies.find("+OK"), std::string::npos) << replies;
}

// While the journal is away, ROLE is asked again and again: never inside somebody's transaction or value.
TEST(SharedUpstream, AskingForTheOffsetAgainDisturbsNoTransactionAndNoLargeValue) {
  Stack stack({.environment = "ack_timeout = \"60s\"\n"}, {"--repl-backlog-size", "256mb"});
  RedisClient direct(stack.redis.port());
  RedisClient transaction(stack.holdfast.port());
  RawClient large(stack.holdfast.port());
  const std::string value(400'000, 'x');
  const std::string set = request({"SET", "large", value});
  for (int round = 0; round < 30; ++round) {
    transaction.append({"WATCH", "watched"});
    transaction.append({"SET", "counter", "1"});
    transaction.append({"MULTI"});
    int done = 0;
    ASSERT_EQ(redisBufferWrite(transaction.context(), &done), REDIS_OK);
    ASSERT_TRUE(large.send(request({"SET", "large", "small"}) + set.substr(0, 200'000)));
    direct.command({"CLIENT", "KILL", "TYPE", "replica"});
    ASSERT_EQ(transaction.next_reply(), "OK");
    // Refused while the journal is away, acknowledged otherwise; both are honest.
    const std::string written = transaction.next_reply();
    ASSERT_TRUE(written == "OK" || is_error(written, "MISCONF")) << written;
    ASSERT_EQ(transaction.next_reply(), "OK");
    ASSERT_EQ(transaction.command({"GET", "counter"}), "QUEUED");
    const std::string results = transaction.command({"EXEC"});
    ASSERT_TRUE(results == "[1]" || results == "[(nil)]") << results;
    ASSERT_TRUE(large.send(set.substr(200'000)));
    for (int reply = 0; reply < 2; ++reply) {
      const std::string text = large.read_reply();
      ASSERT_TRUE(text == "+OK\r\n" || text.starts_with("-MISCONF")) << text;
      if (reply == 1 && text == "+OK\r\n") {
        ASSERT_EQ(direct.command({"GET", "large"}), value);
      }
    }
    ASSERT_TRUE(wait_writable(transaction));
  }
}

}  // namespace
}  // namespace holdfast::testing
