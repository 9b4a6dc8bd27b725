// What an application does all day, through redis-cli and hiredis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

using ::testing::StartsWith;

std::string redis_cli(int port, std::vector<std::string> arguments) {
  std::vector<std::string> command = {"redis-cli", "-p", std::to_string(port)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::string output;
  EXPECT_EQ(run_program(command, output), 0) << output;
  return output;
}

TEST(Proxying, RedisCliSeesARedis) {
  Stack stack;
  const int port = stack.holdfast.port();
  EXPECT_EQ(redis_cli(port, {"PING"}), "PONG\n");
  EXPECT_EQ(redis_cli(port, {"SET", "order:1", "paid"}), "OK\n");
  EXPECT_EQ(redis_cli(port, {"GET", "order:1"}), "paid\n");
  EXPECT_EQ(redis_cli(port, {"-3", "HGETALL", "nothing"}), "\n");
  EXPECT_EQ(redis_cli(port, {"-n", "3", "DBSIZE"}), "0\n");
  EXPECT_EQ(redis_cli(port, {"GET", "order:1"}), "paid\n");
  EXPECT_THAT(redis_cli(port, {"FLUSHALL"}), ::testing::HasSubstr("NOPERM holdfast:"));
}

TEST(Proxying, ValuesComeBackAsTheyWereWritten) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  std::string binary(256, '\0');
  for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i);
  EXPECT_EQ(client.command({"SET", binary, binary}), "OK");
  EXPECT_EQ(client.command({"GET", binary}), binary);
  EXPECT_EQ(client.command({"SET", "empty", ""}), "OK");
  EXPECT_EQ(client.command({"GET", "empty"}), "");
  EXPECT_EQ(client.command({"GET", "missing"}), "(nil)");
  EXPECT_EQ(client.command({"INCR", "counter"}), "1");
  EXPECT_EQ(client.command({"RPUSH", "list", "a", "b", "c"}), "3");
  EXPECT_EQ(client.command({"LRANGE", "list", "0", "-1"}), "[a, b, c]");
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.command({"GET", binary}), binary);
}

TEST(Proxying, ManyClientsAtOnceSeeTheirOwnRepliesInOrder) {
  Stack stack({.server = "workers = 2\n"});
  constexpr int kClients = 40;
  constexpr int kRounds = 20;
  constexpr int kBatch = 50;
  const int port = stack.holdfast.port();
  std::vector<std::thread> threads;
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([port, c] {
      RedisClient client(port);
      const std::string key = "client:" + std::to_string(c);
      for (int round = 0; round < kRounds; ++round) {
        for (int i = 0; i < kBatch; ++i) {
          const std::string value = std::to_string(c) + "/" + std::to_string(round * kBatch + i);
          client.append({"SET", key, value});
          client.append({"GET", key});
          client.append({"ECHO", "echo of " + value});
        }
        for (int i = 0; i < kBatch; ++i) {
          const std::string value = std::to_string(c) + "/" + std::to_string(round * kBatch + i);
          ASSERT_EQ(client.next_reply(), "OK");
          ASSERT_EQ(client.next_reply(), value);
          ASSERT_EQ(client.next_reply(), "echo of " + value);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Proxying, AThousandConnectionsAreServed) {
  Stack stack;
  std::vector<std::unique_ptr<RedisClient>> clients;
  for (int i = 0; i < 900; ++i) clients.push_back(std::make_unique<RedisClient>(stack.holdfast.port()));
  for (auto& client : clients) client->append({"INCR", "visits"});
  std::set<std::string> counts;
  for (auto& client : clients) counts.insert(client->next_reply());
  EXPECT_EQ(counts.size(), clients.size());
  EXPECT_EQ(clients[0]->command({"GET", "visits"}), "900");
}

TEST(Proxying, AClientStaysInTheDatabaseThatItHasSelected) {
  Stack stack;
  RedisClient zero(stack.holdfast.port());
  RedisClient one(stack.holdfast.port());
  RedisClient nine(stack.holdfast.port());
  EXPECT_EQ(one.command({"SELECT", "1"}), "OK");
  EXPECT_EQ(nine.command({"SELECT", "9"}), "OK");
  EXPECT_EQ(zero.command({"SET", "key", "in 0"}), "OK");
  EXPECT_EQ(one.command({"SET", "key", "in 1"}), "OK");
  EXPECT_EQ(nine.command({"SET", "key", "in 9"}), "OK");
  EXPECT_EQ(zero.command({"GET", "key"}), "in 0");
  EXPECT_EQ(one.command({"GET", "key"}), "in 1");
  EXPECT_EQ(nine.command({"GET", "key"}), "in 9");
  EXPECT_EQ(one.command({"SELECT", "0"}), "OK");
  EXPECT_EQ(one.command({"GET", "key"}), "in 0");

  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.command({"SELECT", "9"}), "OK");
  EXPECT_EQ(direct.command({"GET", "key"}), "in 9");
}

TEST(Proxying, SelectInAPipelineConcernsWhatFollows) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int database : {0, 3, 0, 5, 3}) {
    client.append({"SELECT", std::to_string(database)});
    client.append({"INCR", "n"});
    client.append({"GET", "n"});
  }
  for (const char* expected : {"1", "1", "2", "1", "2"}) {
    EXPECT_EQ(client.next_reply(), "OK");
    EXPECT_EQ(client.next_reply(), expected);
    EXPECT_EQ(client.next_reply(), expected);
  }
}

TEST(Proxying, ASelectThatRedisRefusesChangesNothing) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SELECT", "2"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "in 2"}), "OK");
  EXPECT_EQ(client.command({"SELECT", "16"}), "-ERR DB index is out of range");
  EXPECT_EQ(client.command({"SELECT", "-1"}), "-ERR DB index is out of range");
  EXPECT_EQ(client.command({"SELECT", "two"}), "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.command({"SELECT", "99999999999"}),
            "-ERR value is out of range, value must between -2147483648 and 2147483647");
  EXPECT_EQ(client.command({"GET", "key"}), "in 2");
  EXPECT_EQ(stack.holdfast.ready_status(), 200) << stack.holdfast.ready_page();
}

TEST(Proxying, DatabasesThatDoNotExistTakeNoRoomFromThoseThatDo) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 16; i < 400; ++i)
    ASSERT_EQ(client.command({"SELECT", std::to_string(i)}), "-ERR DB index is out of range");
  for (int i = 0; i < 16; ++i) ASSERT_EQ(client.command({"SELECT", std::to_string(i)}), "OK");
  EXPECT_EQ(stack.holdfast.ready_status(), 200) << stack.holdfast.ready_page();
}

TEST(Proxying, Resp2AndResp3ClientsWorkSideBySide) {
  Stack stack;
  RawClient two(stack.holdfast.port());
  RawClient three(stack.holdfast.port());
  EXPECT_THAT(three.command({"HELLO", "3"}), ::testing::StartsWith("%7\r\n"));
  EXPECT_EQ(two.command({"HSET", "hash", "field", "value"}), ":1\r\n");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(two.command({"HGETALL", "hash"}), "*2\r\n$5\r\nfield\r\n$5\r\nvalue\r\n");
    EXPECT_EQ(three.command({"HGETALL", "hash"}), "%1\r\n$5\r\nfield\r\n$5\r\nvalue\r\n");
    EXPECT_EQ(two.command({"GET", "missing"}), "$-1\r\n");
    EXPECT_EQ(three.command({"GET", "missing"}), "_\r\n");
  }
  EXPECT_THAT(three.command({"HELLO", "2"}), ::testing::StartsWith("*14\r\n"));
  EXPECT_EQ(three.command({"GET", "missing"}), "$-1\r\n");
}

TEST(Proxying, ConnectionCommandsAreAnsweredForTheClientsOwnConnection) {
  Stack stack;
  RedisClient first(stack.holdfast.port());
  RedisClient second(stack.holdfast.port());
  EXPECT_EQ(first.command({"CLIENT", "GETNAME"}), "(nil)");
  EXPECT_EQ(first.command({"CLIENT", "SETNAME", "checkout"}), "OK");
  EXPECT_EQ(first.command({"CLIENT", "GETNAME"}), "checkout");
  EXPECT_EQ(second.command({"CLIENT", "GETNAME"}), "(nil)");
  EXPECT_THAT(first.command({"CLIENT", "SETNAME", "with space"}), ::testing::StartsWith("-ERR Client names"));
  EXPECT_NE(first.command({"CLIENT", "ID"}), second.command({"CLIENT", "ID"}));
  EXPECT_EQ(first.command({"CLIENT", "ID"}), first.command({"CLIENT", "ID"}));
}

TEST(Proxying, ResetForgetsWhatTheConnectionWas) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.command({"HELLO", "3", "SETNAME", "before"});
  client.command({"SELECT", "4"});
  EXPECT_EQ(client.command({"SET", "key", "in 4"}), "+OK\r\n");
  EXPECT_EQ(client.command({"MULTI"}), "+OK\r\n");
  EXPECT_EQ(client.command({"SET", "key", "not executed"}), "+QUEUED\r\n");
  EXPECT_EQ(client.command({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(client.command({"CLIENT", "GETNAME"}), "$-1\r\n");
  EXPECT_EQ(client.command({"GET", "key"}), "$-1\r\n");
  EXPECT_EQ(client.command({"SELECT", "4"}), "+OK\r\n");
  EXPECT_EQ(client.command({"GET", "key"}), "$4\r\nin 4\r\n");
}

TEST(Proxying, QuitAnswersWhatCameBeforeAndCloses) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("SET key 1\r\nINCR key\r\nQUIT\r\nINCR key\r\n");
  EXPECT_EQ(client.read_to_end(), "+OK\r\n:2\r\n+OK\r\n");
  RedisClient after(stack.holdfast.port());
  EXPECT_EQ(after.command({"GET", "key"}), "2");
}

TEST(Proxying, AClientThatHalfClosesStillGetsAllItsReplies) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  std::string requests;
  std::string expected;
  for (int i = 1; i <= 5000; ++i) {
    requests += encode_request({"INCR", "counter"});
    expected += ":" + std::to_string(i) + "\r\n";
  }
  client.send(requests);
  client.socket().finish_sending();
  EXPECT_EQ(client.read_to_end(), expected);
}

TEST(Proxying, ATransactionBeforeAHalfCloseIsAnswered) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("SET key 1\r\nMULTI\r\nINCR key\r\nEXEC\r\nGET key\r\n");
  client.socket().finish_sending();
  EXPECT_EQ(client.read_to_end(), "+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n:2\r\n$1\r\n2\r\n");
}

// Nobody knows whether it blocks; it is answered all the same.
TEST(Proxying, AnUnknownCommandBeforeAHalfCloseIsAnswered) {
  Stack stack({.environment = "unknown_commands = \"allow\"\n"});
  RawClient client(stack.holdfast.port());
  client.send("PING\r\nNOSUCH.COMMAND\r\n");
  client.socket().finish_sending();
  EXPECT_THAT(client.read_to_end(), StartsWith("+PONG\r\n-ERR unknown command 'NOSUCH.COMMAND'"));
}

TEST(Proxying, ClientsThatDisappearInTheMiddleDisturbNobody) {
  Stack stack;
  RedisClient steady(stack.holdfast.port());
  for (int i = 0; i < 200; ++i) {
    RawClient gone(stack.holdfast.port());
    std::string requests;
    for (int n = 0; n < 20; ++n) requests += encode_request({"SET", "gone:" + std::to_string(n), "x"});
    requests += "*3\r\n$3\r\nSET\r\n$7\r\nhalf-se";
    gone.send(requests);
    if (i % 2 == 0) gone.socket().reset();
    ASSERT_EQ(steady.command({"SET", "steady", std::to_string(i)}), "OK");
    ASSERT_EQ(steady.command({"GET", "steady"}), std::to_string(i));
  }
}

}  // namespace
}  // namespace holdfast::testing
