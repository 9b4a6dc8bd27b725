// A new process takes over the port of an old one: no client is refused, cut off or told something wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Until = HoldfastProcess::Until;

// Clients that connect, write, read and leave, again and again, and what became of each connection.
class ConnectingClients {
 public:
  ConnectingClients(int port, int clients)
      : ConnectingClients([port] { return redisConnect("127.0.0.1", port); }, clients) {}
  ConnectingClients(std::function<redisContext*()> connect, int clients) : connect_(std::move(connect)) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, i] { run(i); });
  }
  ~ConnectingClients() { stop(); }

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  std::map<std::string, int> outcomes() {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }
  int served() { return outcomes()["served"]; }

 private:
  void run(int client) {
    const std::string key = "key:" + std::to_string(client);
    for (int i = 0; !stopping_; ++i) {
      redisContext* context = connect_();
      std::string outcome = context->err != 0 ? std::string("not connected: ") + context->errstr : "served";
      if (context->err == 0) {
        for (const auto& [request, expected] :
             {std::pair<std::string, std::string>{"SET " + key + " " + std::to_string(i), "OK"},
              {"GET " + key, std::to_string(i)}}) {
          auto* reply = static_cast<redisReply*>(redisCommand(context, request.c_str()));
          if (reply == nullptr)
            outcome = std::string("cut off: ") + context->errstr;
          else if (reply->str == nullptr || reply->str != expected)
            outcome = std::string("wrong reply: ") + (reply->str != nullptr ? reply->str : "(nil)");
          freeReplyObject(reply);
          if (outcome != "served") break;
        }
      }
      redisFree(context);
      const std::lock_guard lock(mutex_);
      ++outcomes_[outcome];
    }
  }

  const std::function<redisContext*()> connect_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::map<std::string, int> outcomes_;
  std::vector<std::thread> threads_;
};

class Takeover : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(Takeover, NoClientNoticesIt) {
  const auto [old_workers, new_workers] = GetParam();
  Stack stack({.server = "workers = " + std::to_string(old_workers) + "\n"});
  HoldfastConfig config = stack.holdfast.config();
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  config.server = "workers = " + std::to_string(new_workers) + "\n";
  ConnectingClients clients(stack.holdfast.port(), 3);
  ASSERT_TRUE(wait_until([&] { return clients.served() >= 200; }));

  Holdfast successor(config, Until::kStarted);
  ASSERT_TRUE(successor.wait_problem("in standby on"));
  ASSERT_TRUE(successor.wait_problem("is in use by another holdfast"));
  const int before = clients.served();
  ASSERT_TRUE(wait_until([&] { return clients.served() >= before + 200; }));
  EXPECT_EQ(successor.metric("holdfast_connections_total{environment=\"default\"}"), 0);

  EXPECT_EQ(stack.holdfast.stop(), 0);
  ASSERT_TRUE(successor.wait_ready());
  const int after = clients.served();
  ASSERT_TRUE(wait_until([&] { return clients.served() >= after + 200; }));
  clients.stop();
  EXPECT_THAT(clients.outcomes(), UnorderedElementsAre(Pair("served", ::testing::Gt(600))));
  EXPECT_GT(successor.metric("holdfast_connections_total{environment=\"default\"}"), 0);
  EXPECT_EQ(successor.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 0);
  RedisClient direct(stack.redis.port());
  Restored restored(successor);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

INSTANTIATE_TEST_SUITE_P(Workers, Takeover,
                         ::testing::Values(std::pair(1, 1), std::pair(2, 2), std::pair(1, 3)));

TEST(TakeoverLife, AUnixSocketChangesHandsWithoutARefusedConnection) {
  TempDir dir;
  const std::string path = dir.file("h.sock");
  Stack stack({.listen = "unix:" + path, .server = "workers = 2\n"});
  ConnectingClients clients([&] { return redisConnectUnix(path.c_str()); }, 3);
  ASSERT_TRUE(wait_until([&] { return clients.served() >= 100; }));
  Holdfast successor(stack.holdfast.config(), Until::kStarted);
  ASSERT_TRUE(successor.wait_problem("in standby on"));
  Holdfast third(stack.holdfast.config(), Until::kStarted);
  ASSERT_TRUE(third.wait_problem("one more waits for its place"));
  EXPECT_EQ(third.stop(), 0);
  const int before = clients.served();
  ASSERT_TRUE(wait_until([&] { return clients.served() >= before + 100; }));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  ASSERT_TRUE(successor.wait_ready());
  const int after = clients.served();
  ASSERT_TRUE(wait_until([&] { return clients.served() >= after + 100; }));
  clients.stop();
  EXPECT_THAT(clients.outcomes(), UnorderedElementsAre(Pair("served", ::testing::Gt(300))));
  EXPECT_GT(successor.metric("holdfast_connections_total{environment=\"default\"}"), 100);
  EXPECT_EQ(successor.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".next"));
}

// Were both in standby, both would get connections when the first leaves, and one of them has no journal.
TEST(TakeoverLife, ThreeOnOnePortTakeTurnsAndNoClientNotices) {
  Stack stack({.server = "workers = 2\n"});
  HoldfastConfig config = stack.holdfast.config();
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  ConnectingClients clients(stack.holdfast.port(), 3);
  const auto serve_on = [&](int connections) {
    const int before = clients.served();
    return wait_until([&] { return clients.served() >= before + connections; });
  };
  Holdfast second(config, Until::kStarted);
  ASSERT_TRUE(second.wait_problem("in standby on"));
  Holdfast third(config, Until::kStarted);
  ASSERT_TRUE(third.wait_problem("another process listens there, and one more waits for its place"));
  ASSERT_TRUE(serve_on(100));
  const char* const connections = "holdfast_connections_total{environment=\"default\"}";
  EXPECT_EQ(second.metric(connections), 0);

  EXPECT_EQ(stack.holdfast.stop(), 0);
  ASSERT_TRUE(second.wait_ready());
  ASSERT_TRUE(third.wait_problem("in standby on"));
  ASSERT_TRUE(serve_on(100));
  EXPECT_GT(second.metric(connections), 0);
  EXPECT_EQ(third.metric(connections), 0);
  EXPECT_EQ(second.stop(), 0);
  ASSERT_TRUE(third.wait_ready());
  ASSERT_TRUE(serve_on(100));
  clients.stop();
  EXPECT_THAT(clients.outcomes(), UnorderedElementsAre(Pair("served", ::testing::Gt(300))));
  EXPECT_GT(third.metric(connections), 0);
}

// The second leaves before the first: the third gets its place.
TEST(TakeoverLife, OneThatWaitsForAPlaceGetsItWhenTheOtherGivesUp) {
  Stack stack;
  HoldfastConfig config = stack.holdfast.config();
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  Holdfast second(config, Until::kStarted);
  ASSERT_TRUE(second.wait_problem("in standby on"));
  Holdfast third(config, Until::kStarted);
  ASSERT_TRUE(third.wait_problem("one more waits for its place"));
  second.kill();
  ASSERT_TRUE(third.wait_problem("in standby on"));
  stack.holdfast.kill();
  ASSERT_TRUE(third.wait_ready());
  EXPECT_EQ(RedisClient(third.port()).command({"SET", "key", "1"}), "OK");
}

TEST(TakeoverLife, ASuccessorTakesOverFromOneThatIsKilled) {
  Stack stack;
  HoldfastConfig config = stack.holdfast.config();
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  Holdfast successor(config, Until::kStarted);
  ASSERT_TRUE(successor.wait_problem("in standby on"));
  stack.holdfast.kill();
  ASSERT_TRUE(successor.wait_ready());
  RedisClient client(successor.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
}

TEST(TakeoverLife, ASuccessorThatIsNotNeededLeavesWithoutATrace) {
  Stack stack;
  HoldfastConfig config = stack.holdfast.config();
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  ConnectingClients clients(stack.holdfast.port(), 2);
  Holdfast successor(config, Until::kStarted);
  ASSERT_TRUE(successor.wait_problem("in standby on"));
  EXPECT_EQ(successor.stop(), 0);
  const int after = clients.served();
  ASSERT_TRUE(wait_until([&] { return clients.served() >= after + 100; }));
  clients.stop();
  EXPECT_THAT(clients.outcomes(), UnorderedElementsAre(Pair("served", ::testing::Gt(100))));
}

TEST(TakeoverLife, TheAdminPortIsTakenOverToo) {
  Stack stack;
  HoldfastConfig config = stack.holdfast.config();
  config.admin = "127.0.0.1:" + std::to_string(stack.holdfast.admin_port());
  config.listen = "127.0.0.1:" + std::to_string(stack.holdfast.port());
  Holdfast successor(config, Until::kSpawned);
  ASSERT_TRUE(successor.wait_log("another process has this port; stop it or choose another address; trying"));
  ASSERT_TRUE(successor.wait_log("in standby on"));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  EXPECT_TRUE(successor.wait_log("/readyz on http://" + config.admin));
  EXPECT_TRUE(successor.wait_log("took over"));
}

TEST(Drain, ABlockedClientIsWokenAndToldSo) {
  Stack stack({.server = "drain_timeout = \"1h\"\n"});
  RawClient blocked(stack.holdfast.port());
  blocked.send("BLPOP queue 0\r\n");
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  EXPECT_EQ(blocked.read_to_end(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
}

// It lasts a second at the most; what it has queued is dropped by Redis with the connection, as ever.
TEST(Drain, AnOpenTransactionMayStillEnd) {
  Stack stack({.server = "drain_timeout = \"1h\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"MULTI"}), "OK");
  ASSERT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  stack.holdfast.signal(SIGTERM);
  ASSERT_TRUE(stack.holdfast.wait_log("finishing what is in flight"));
  EXPECT_EQ(client.command({"EXEC"}), "[OK]");
  EXPECT_EQ(stack.holdfast.wait_exit(), 0);
}

TEST(Drain, ATransactionThatDoesNotEndIsGivenUp) {
  Stack stack({.server = "drain_timeout = \"1h\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"MULTI"}), "OK");
  ASSERT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  EXPECT_EQ(stack.holdfast.stop(), 0);
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(direct.command({"EXISTS", "key"}), "0");
}

TEST(Drain, ReadyzSaysSoAndTheSecondSignalEndsItAtOnce) {
  Stack stack({.server = "drain_timeout = \"1h\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
  kill(stack.redis.pid(), SIGSTOP);
  client.append({"SET", "key", "2"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(
               "holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"allowed\"}") == 2;
  }));
  stack.holdfast.signal(SIGTERM);
  stack.holdfast.signal(SIGTERM);  // as timeout(1) does: the same one twice
  EXPECT_TRUE(stack.holdfast.wait_problem("draining"));
  stack.holdfast.signal(SIGINT);
  EXPECT_EQ(stack.holdfast.wait_exit(), 1);
  kill(stack.redis.pid(), SIGCONT);
}

}  // namespace
}  // namespace holdfast::testing
