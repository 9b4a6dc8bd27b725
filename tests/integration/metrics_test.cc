// After known traffic the numbers of /metrics are known too.
#include <gtest/gtest.h>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

std::string requests(const std::string& command, const std::string& verdict) {
  return "holdfast_requests_total{environment=\"default\",command=\"" + command + "\",verdict=\"" + verdict +
         "\"}";
}

std::string of_environment(const std::string& name) {
  return name + "{environment=\"default\"}";
}

std::string of_upstream(const std::string& name) {
  return name + "{upstream=\"main\"}";
}

// A reply is counted as durable right after it was sent, so the client may be here first.
bool becomes(const Holdfast& holdfast, const std::string& series, double value) {
  const bool came = wait_until([&] { return holdfast.metric(series) == value; });
  EXPECT_TRUE(came) << series << " is " << holdfast.metric(series) << " and not " << value;
  return came;
}

TEST(Metrics, RequestsAreCountedByCommandAndVerdict) {
  Stack stack({.environment = "allow = ['script|debug']\n"});
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 7; ++i) client.command({"SET", "key", "1"});
  for (int i = 0; i < 5; ++i) client.command({"get", "key"});
  for (int i = 0; i < 3; ++i) client.command({"FLUSHALL"});
  for (int i = 0; i < 2; ++i) client.command({"SCRIPT", "DEBUG", "YES"});
  client.command({"NOSUCH"});
  client.command({"ALSO.NOT"});
  client.command({"CONFIG", "GET", "maxmemory"});
  client.command({"CONFIG", "SET", "maxmemory", "0"});
  client.command({"MULTI"});
  client.command({"INCR", "n"});
  client.command({"EXEC"});
  client.command({"SELECT", "1"});
  client.command({"GET"});  // allowed here; that Redis answers with an error is another matter
  const Holdfast& holdfast = stack.holdfast;
  EXPECT_EQ(holdfast.metric(requests("set", "allowed")), 7);
  EXPECT_EQ(holdfast.metric(requests("get", "allowed")), 6);
  EXPECT_EQ(holdfast.metric(requests("flushall", "refused")), 3);
  EXPECT_EQ(holdfast.metric(requests("script|debug", "unsupported")), 2);
  EXPECT_EQ(holdfast.metric(requests("unknown", "refused")), 2);
  EXPECT_EQ(holdfast.metric(requests("config|get", "allowed")), 1);
  EXPECT_EQ(holdfast.metric(requests("config|set", "refused")), 1);
  for (const char* command : {"multi", "incr", "exec", "select"})
    EXPECT_EQ(holdfast.metric(requests(command, "allowed")), 1) << command;
  EXPECT_EQ(holdfast.metric(requests("set", "refused")), 0);
}

TEST(Metrics, EveryGatedReplyAndNoOtherIsADurableWait) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 10; ++i) client.command({"SET", "key", "1"});
  for (int i = 0; i < 20; ++i) client.command({"GET", "key"});
  EXPECT_TRUE(becomes(stack.holdfast, of_environment("holdfast_durable_wait_seconds_count"), 10));
  EXPECT_TRUE(becomes(stack.holdfast, of_environment("holdfast_request_duration_seconds_count"), 30));
  for (int i = 0; i < 500; ++i) client.append({"INCR", "n"});
  for (int i = 0; i < 500; ++i) client.next_reply();
  EXPECT_TRUE(becomes(stack.holdfast, of_environment("holdfast_durable_wait_seconds_count"), 510));
  EXPECT_TRUE(becomes(stack.holdfast, of_environment("holdfast_request_duration_seconds_count"), 530));
  client.command({"MULTI"});
  client.command({"INCR", "n"});
  client.command({"EXEC"});
  EXPECT_TRUE(becomes(stack.holdfast, of_environment("holdfast_durable_wait_seconds_count"), 511));
  EXPECT_EQ(stack.holdfast.metric(of_environment("holdfast_uncertain_replies_total")), 0);
  EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_held_replies")), 0);
}

TEST(Metrics, TheJournalsOffsetReachesThatOfRedis) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 1000; ++i) client.append({"SET", "key", std::to_string(i)});
  for (int i = 0; i < 1000; ++i) client.next_reply();
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(of_upstream("holdfast_journal_durable_offset")) ==
           std::stod(direct.info("replication", "master_repl_offset"));
  }));
  EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_journal_connected")), 1);
  EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_journal_accepting")), 1);
  EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_upstream_up")), 1);
  EXPECT_GT(stack.holdfast.metric(of_upstream("holdfast_journal_fdatasyncs_total")), 0);
  EXPECT_GT(stack.holdfast.metric(of_upstream("holdfast_journal_groups_total")), 0);
  stack.redis.kill();
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(of_upstream("holdfast_journal_connected")) == 0 &&
           stack.holdfast.metric(of_upstream("holdfast_upstream_up")) == 0;
  }));
  EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_journal_accepting")), 0);
}

TEST(Metrics, ClientsReturnToZero) {
  Stack stack({.server = "workers = 2\n"});
  {
    std::vector<std::unique_ptr<RedisClient>> clients;
    for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<RedisClient>(stack.holdfast.port()));
    for (auto& client : clients) ASSERT_EQ(client->command({"INCR", "n"}).substr(0, 1) == "-", false);
    for (auto& client : clients) client->command({"MULTI"});
    EXPECT_EQ(stack.holdfast.metric(of_environment("holdfast_clients")), 50);
    EXPECT_EQ(stack.holdfast.metric(of_upstream("holdfast_upstream_private_links")), 50);
  }
  EXPECT_TRUE(wait_until([&] {
    return stack.holdfast.metric(of_environment("holdfast_clients")) == 0 &&
           stack.holdfast.metric(of_upstream("holdfast_upstream_private_links")) == 0;
  }));
  EXPECT_EQ(stack.holdfast.metric(of_environment("holdfast_connections_total")), 50);
}

TEST(Metrics, ClientsByWhatTheyDo) {
  Stack stack({.environment = "allow = ['monitor']\n"});
  const auto sessions = [](const std::string& state) {
    return "holdfast_sessions{environment=\"default\",state=\"" + state + "\"}";
  };
  const Holdfast& holdfast = stack.holdfast;
  {
    std::vector<std::unique_ptr<RedisClient>> clients;
    for (int i = 0; i < 7; ++i) clients.push_back(std::make_unique<RedisClient>(stack.holdfast.port()));
    for (auto& client : clients) client->command({"PING"});
    EXPECT_TRUE(becomes(holdfast, sessions("plain"), 7));
    clients[0]->command({"MULTI"});
    clients[1]->command({"WATCH", "key"});
    clients[2]->append({"BLPOP", "nobody", "0"});
    int done = 0;
    while (done == 0) ASSERT_EQ(redisBufferWrite(clients[2]->context(), &done), REDIS_OK);
    clients[3]->command({"SUBSCRIBE", "channel"});
    clients[4]->command({"MONITOR"});
    clients[5]->command({"CLIENT", "TRACKING", "ON", "REDIRECT", "1"});
    EXPECT_TRUE(becomes(holdfast, sessions("transaction"), 2));
    EXPECT_TRUE(becomes(holdfast, sessions("blocked"), 1));
    EXPECT_TRUE(becomes(holdfast, sessions("subscribed"), 1));
    EXPECT_TRUE(becomes(holdfast, sessions("monitoring"), 1));
    EXPECT_GE(holdfast.metric(sessions("plain")), 1);
    clients[0]->command({"DISCARD"});
    clients[1]->command({"UNWATCH"});
    EXPECT_TRUE(becomes(holdfast, sessions("transaction"), 0));
    EXPECT_GE(holdfast.metric(of_upstream("holdfast_upstream_private_links_max")), 5);
  }
  for (const char* state :
       {"plain", "transaction", "blocked", "subscribed", "monitoring", "tracking", "waiting", "leaving"})
    EXPECT_TRUE(becomes(holdfast, sessions(state), 0)) << state;
}

TEST(Metrics, QueuesAndTheirHighWaterMarks) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 1'000; ++i) client.append({"SET", "key", "1"});
  for (int i = 0; i < 1'000; ++i) client.next_reply();
  const Holdfast& holdfast = stack.holdfast;
  EXPECT_GE(holdfast.metric(of_upstream("holdfast_upstream_pending_replies_max")), 1);
  EXPECT_GE(holdfast.metric(of_upstream("holdfast_held_replies_max")), 1);
  EXPECT_TRUE(becomes(holdfast, of_upstream("holdfast_upstream_pending_replies"), 0));
  EXPECT_TRUE(becomes(holdfast, of_upstream("holdfast_held_replies"), 0));
  // What nobody reads stays here.
  RawClient lazy(stack.holdfast.port());
  client.command({"SET", "large", std::string(4 << 20, 'v')});
  for (int i = 0; i < 8; ++i) lazy.send(encode_request({"GET", "large"}));
  EXPECT_TRUE(wait_until(
      [&] { return holdfast.metric(of_environment("holdfast_client_queued_bytes_max")) > 1 << 20; }));
}

TEST(Metrics, ResyncsByCauseAndTheSizeOfGroups) {
  Stack stack;
  const Holdfast& holdfast = stack.holdfast;
  const auto resyncs = [](const std::string& kind, const std::string& cause) {
    return "holdfast_journal_resyncs_total{upstream=\"main\",kind=\"" + kind + "\",cause=\"" + cause + "\"}";
  };
  EXPECT_EQ(holdfast.metric(resyncs("full", "first")), 1);
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 10; ++i) client.command({"SET", "key", std::string(100, 'v')});
  EXPECT_GE(holdfast.metric(of_upstream("holdfast_journal_group_size_bytes_count")), 1);
  EXPECT_GE(holdfast.metric(of_upstream("holdfast_journal_group_size_bytes_sum")), 1'000);
  RedisClient direct(stack.redis.port());
  direct.command({"CLIENT", "KILL", "TYPE", "replica"});
  EXPECT_TRUE(becomes(holdfast, resyncs("partial", "reconnect"), 1));
  EXPECT_TRUE(becomes(holdfast, of_upstream("holdfast_journal_lag_seconds"), 0));
  stack.holdfast.stop();
  stack.holdfast.start();
  EXPECT_EQ(holdfast.metric(resyncs("partial", "start")), 1);
  EXPECT_EQ(holdfast.metric(resyncs("full", "first")), 0);
  stack.redis.kill();
  EXPECT_TRUE(wait_until([&] { return holdfast.metric(of_upstream("holdfast_journal_lag_seconds")) > 0; }));
}

TEST(Metrics, WhenTheJournalWasVerified) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  client.command({"SET", "key", "1"});
  const std::string verified = of_upstream("holdfast_journal_verified_timestamp_seconds");
  EXPECT_EQ(stack.holdfast.metric(verified), 0);
  std::string output;
  ASSERT_EQ(
      run_program({HOLDFAST_PROGRAM, "journal", "verify", "--journal", stack.holdfast.journal_dir()}, output),
      0)
      << output;
  EXPECT_TRUE(wait_until([&] { return stack.holdfast.metric(verified) > 1'700'000'000; }));
}

// Debian's own tool for what a scrape must be.
TEST(Metrics, PromtoolFindsNothingToSay) {
  Stack stack({.environment = "[[environment.default.limit]]\nname = 'a \"quoted\" one'\ncommands = ['get']\n"
                              "max_arguments = 1\n"});
  RedisClient client(stack.holdfast.port());
  client.command({"GET", "key"});
  client.command({"SET", "key", "1"});
  std::string output;
  if (run_program({"sh", "-c", "command -v promtool"}, output) != 0)
    GTEST_SKIP() << "promtool is not installed (Debian's package prometheus)";
  TempDir dir;
  write_file(dir.file("metrics"), stack.holdfast.metrics_page());
  output.clear();
  EXPECT_EQ(run_program({"sh", "-c", "promtool check metrics < " + dir.file("metrics")}, output), 0)
      << output;
  EXPECT_EQ(output, "");
}

TEST(Metrics, BytesOfClientsAreCountedExactly) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  const std::string request = encode_request({"SET", "key", "value"}) + encode_request({"GET", "key"});
  client.send(request);
  const std::string replies = client.read_reply() + client.read_reply();
  EXPECT_EQ(stack.holdfast.metric("holdfast_client_bytes_total{environment=\"default\",direction=\"in\"}"),
            static_cast<double>(request.size()));
  EXPECT_EQ(stack.holdfast.metric("holdfast_client_bytes_total{environment=\"default\",direction=\"out\"}"),
            static_cast<double>(replies.size()));
}

TEST(Metrics, OneBarrierServesAWholePipeline) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) client.append({"SET", "key", "1"});
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.next_reply(), "OK");
  EXPECT_LT(stack.holdfast.metric(of_upstream("holdfast_upstream_barriers_total")), 100);
}

}  // namespace
}  // namespace holdfast::testing
