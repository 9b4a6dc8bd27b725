// A Redis that comes back with less than the journal has gets its data back by itself: under load, without
// one acknowledged write missing and without one read answered by the empty one, and whatever dies meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/integration/stalling_relay.h"
#include "tests/support/certificates.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

// Reads one key that exists over and over; counts the answers that only a Redis without its data gives.
class Reader {
 public:
  explicit Reader(int port) : thread_([this, port] { read(port); }) {}
  ~Reader() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int wrong() const { return wrong_; }
  int right() const { return right_; }
  int loading() const { return loading_; }

 private:
  void read(int port) {
    RedisClient client(port);
    while (!stopping_ && client.connected()) {
      const std::string reply = client.command({"GET", "read"});
      right_ += reply == "1";
      loading_ += is_error(reply, "LOADING");
      wrong_ += reply == "(nil)" || reply.empty();
    }
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<int> wrong_ = 0, right_ = 0, loading_ = 0;
  std::thread thread_;
};

void fill(int port, int from, int to, size_t value_bytes = 100) {
  RedisClient client(port);
  for (int i = from; i < to; ++i)
    client.append({"SET", "key:" + std::to_string(i), std::string(value_bytes, 'x')});
  for (int i = from; i < to; ++i) ASSERT_EQ(client.next_reply(), "OK");
}

void lose_everything(RedisServer& redis) {
  redis.kill();
  redis.start();
}

TEST(Recovery, AnEmptyRedisGetsItsDataBackUnderLoad) {
  Stack stack;
  {
    RedisClient client(stack.holdfast.port());
    ASSERT_EQ(client.command({"SET", "read", "1"}), "OK");
  }
  Load load(stack.holdfast.port(), 4, 8);
  Reader reader(stack.holdfast.port());
  uint64_t written = 0;
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(load.wait_acknowledged(written + 500));
    lose_everything(stack.redis);
    // Its clients are served again, without a hand.
    const int right = reader.right();
    written = load.acknowledged();
    ASSERT_TRUE(load.wait_acknowledged(written + 500)) << stack.holdfast.log();
    ASSERT_TRUE(wait_until([&] { return reader.right() > right; }));
  }
  load.stop();
  load.join();
  reader.stop();
  EXPECT_EQ(reader.wrong(), 0);
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(load.missing_in(direct), 0);
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 1)
      << "the journal goes on in the same generation";
  EXPECT_EQ(direct.info("replication", "role"), "master");
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(Recovery, ManyKeysOfEveryDatabaseComeBack) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 200'000, 32);
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SELECT", "3"}), "OK");
  ASSERT_EQ(client.command({"RPUSH", "list", "a", "b"}), "2");
  ASSERT_EQ(client.command({"SET", "expiring", "1", "EX", "10000"}), "OK");
  std::string before;
  {
    RedisClient direct(stack.redis.port());
    before = digest(direct);
  }
  lose_everything(stack.redis);
  ASSERT_TRUE(wait_reply(client, {"LRANGE", "list", "0", "-1"}, "[a, b]"));
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(direct), before);
}

std::string run_holdfast(const Holdfast& holdfast, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HOLDFAST_PROGRAM);
  arguments.insert(arguments.end(), {"--journal", holdfast.journal_dir()});
  std::string output;
  EXPECT_EQ(run_program(arguments, output), 0) << output;
  return output;
}

// Bytes of the newest base change on the disk: the one before it and all segments have everything, too.
TEST(Recovery, ADamagedBaseIsPassedOver) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 1000);
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  EXPECT_THAT(run_holdfast(stack.holdfast, {"journal", "compact"}), HasSubstr("a new base"));
  fill(stack.holdfast.port(), 1000, 2000);
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"INCR", "counter"}), "1");
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  const std::string before = [&] {
    RedisClient direct(stack.redis.port());
    return digest(direct);
  }();
  const std::string base = stack.holdfast.journal_dir() + "/appendonly.aof.3.base.rdb";
  std::string content = read_file(base);
  ASSERT_GT(content.size(), 1000u);
  content[content.size() / 2] ^= 1;
  write_file(base, content);

  lose_everything(stack.redis);
  ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, "1")) << stack.holdfast.log();
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(direct), before);
  EXPECT_THAT(
      stack.holdfast.log(),
      HasSubstr(base + ": corrupt: it is not what was written (the checksum is of the whole file); an "
                       "earlier base and the segments behind it are given instead"));
  ASSERT_EQ(client.command({"INCR", "counter"}), "2");
  EXPECT_TRUE(wait_journaled(stack.holdfast, stack.redis));
}

TEST(Recovery, FromAGenerationWithSeveralBases) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  std::string offset;
  for (int base = 0; base < 2; ++base) {
    fill(stack.holdfast.port(), base * 100, base * 100 + 100);
    ASSERT_EQ(client.command({"SELECT", std::to_string(base)}), "OK");
    ASSERT_EQ(client.command({"INCR", "counter"}), "1");
    ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
    if (base == 0) offset = RedisClient(stack.redis.port()).info("replication", "master_repl_offset");
    if (base == 1) break;
    EXPECT_THAT(run_holdfast(stack.holdfast, {"journal", "compact"}), HasSubstr("a new base"));
  }
  const std::string before = [&] {
    RedisClient direct(stack.redis.port());
    return digest(direct);
  }();
  lose_everything(stack.redis);
  RedisClient fresh(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(fresh, {"DBSIZE"}, "201"));
  RedisClient direct(stack.redis.port());
  EXPECT_EQ(digest(direct), before);
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_generation{upstream=\"main\"}"), 1);
  TempDir out;
  EXPECT_THAT(run_holdfast(stack.holdfast, {"restore", "--to", offset, "--out", out.file("old")}),
              HasSubstr("every checksum verified"));
}

// Redis with tls-replication comes for its data over TLS, and shows its certificate.
TEST(Recovery, OverTls) {
  Authority authority;
  const KeyPair redis_pair = authority.issue("redis");
  const KeyPair holdfast_pair = authority.issue("holdfast");
  const int tls_port = free_port();
  RedisServer redis({"--tls-port", std::to_string(tls_port), "--tls-cert-file", redis_pair.cert,
                     "--tls-key-file", redis_pair.key, "--tls-ca-cert-file", authority.file(),
                     "--tls-auth-clients", "yes", "--tls-replication", "yes"});
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  const std::string ca = "ca = " + quoted(authority.file());
  Holdfast holdfast({.upstream_url = "rediss://127.0.0.1:" + std::to_string(tls_port),
                     .upstream = "tls = { " + ca + ", cert = " + quoted(holdfast_pair.cert) +
                                 ", key = " + quoted(holdfast_pair.key) + " }\n"},
                    Holdfast::Until::kReady);
  fill(holdfast.port(), 0, 1000);
  lose_everything(redis);
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "1000")) << holdfast.ready_page() << redis.log();
  ASSERT_TRUE(wait_writable(client));
}

TEST(Recovery, ARedisThatAsksForTlsWhereThereIsNoCertificateIsSaid) {
  Authority authority;
  const KeyPair pair = authority.issue("redis");
  RedisServer redis({"--tls-port", std::to_string(free_port()), "--tls-cert-file", pair.cert,
                     "--tls-key-file", pair.key, "--tls-ca-cert-file", authority.file(), "--tls-replication",
                     "yes"});
  Holdfast holdfast(redis, {}, Holdfast::Until::kReady);
  fill(holdfast.port(), 0, 10);
  lose_everything(redis);
  EXPECT_TRUE(holdfast.wait_problem("it speaks TLS (tls-replication yes), and there is no certificate"))
      << holdfast.ready_page();
}

TEST(Recovery, HoldfastThatStartsLaterGivesTheDataBackToo) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 100);
  stack.holdfast.kill();
  lose_everything(stack.redis);
  stack.holdfast.start();
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"DBSIZE"}), "100");
}

TEST(Recovery, ARedisThatRestartsFromAnOldSnapshotGetsOnlyWhatItLacks) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 100);
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SAVE"}), "OK");
  }
  fill(stack.holdfast.port(), 100, 300);
  lose_everything(stack.redis);
  RedisClient client(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "300"));
  EXPECT_THAT(stack.redis.log(), HasSubstr("Successful partial resynchronization with master"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

TEST(Recovery, WhatIsGivenBackWithoutAWordIsNotCountedFirst) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 100);
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SAVE"}), "OK");
  }
  RedisClient client(stack.holdfast.port());
  const std::string large(1u << 20, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_EQ(client.command({"SET", "large:" + std::to_string(i), large}), "OK");
  lose_everything(stack.redis);
  RedisClient later(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(later, {"DBSIZE"}, "105"));
  EXPECT_THAT(stack.redis.log(), HasSubstr("Successful partial resynchronization with master"));
  EXPECT_TRUE(stack.holdfast.wait_log("it lacks all that came after offset"));
}

TEST(Recovery, HoldHoldsUntilTheOperatorSaysRecover) {
  Stack stack({.journal = "on_history_break = \"hold\"\n"});
  fill(stack.holdfast.port(), 0, 100);
  lose_everything(stack.redis);
  ASSERT_TRUE(stack.holdfast.wait_problem("holdfast recover --journal " + stack.holdfast.journal_dir()));
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(wait_until([&] { return is_error(client.command({"GET", "key:1"}), "LOADING"); }));
  std::string output;
  ASSERT_EQ(run_program({HOLDFAST_PROGRAM, "recover", "--journal", stack.holdfast.journal_dir()}, output), 0)
      << output;
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "100"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

// What it has is never wiped without a word.
TEST(Recovery, ARedisThatIsNotEmptyIsHeldByDefault) {
  Stack stack;
  fill(stack.holdfast.port(), 0, 100);
  StallingRelay relay(stack.redis.port());
  stack.holdfast.stop();
  lose_everything(stack.redis);
  RedisClient direct(stack.redis.port());
  ASSERT_EQ(direct.command({"SET", "newer", "1"}), "OK");
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("has another history than the journal"));
  EXPECT_EQ(direct.command({"GET", "newer"}), "1");
  EXPECT_EQ(direct.info("replication", "role"), "master");

  std::string output;
  ASSERT_EQ(run_program({HOLDFAST_PROGRAM, "recover", "--journal", stack.holdfast.journal_dir()}, output), 0);
  RedisClient client(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "100"));
  EXPECT_EQ(client.command({"GET", "newer"}), "(nil)");
  EXPECT_TRUE(stack.holdfast.wait_log("is kept as generation 2"));

  // The generation that was kept is what it had.
  TempDir old;
  copy_tree(stack.holdfast.journal_dir(), old.file("appendonlydir"));
  write_file(old.file("appendonlydir/appendonly.aof.manifest"),
             read_file(old.file("appendonlydir/appendonly.aof.generation-2.manifest")));
  RedisServer kept({"--dir", old.path(), "--appendonly", "yes"});
  RedisClient kept_client(kept.port());
  EXPECT_EQ(kept_client.command({"DBSIZE"}), "1");
  EXPECT_EQ(kept_client.command({"GET", "newer"}), "1");
  // And it outlives a restart of Holdfast, which goes on in the first one.
  ASSERT_EQ(client.command({"SET", "after", "1"}), "OK");
  EXPECT_EQ(stack.holdfast.stop(), 0);
  stack.holdfast.start();
  EXPECT_NE(read_file(stack.holdfast.journal_dir() + "/appendonly.aof.generation-2.manifest"), "");
  RedisClient again(stack.holdfast.port());
  EXPECT_EQ(again.command({"GET", "after"}), "1");
}

// Killed while what that Redis has is not kept yet: the next try keeps it, and gives it nothing before.
TEST(Recovery, WhatIsNotKeptYetIsKeptByTheNextTry) {
  Stack stack({.journal = "on_history_break = \"recover\"\n"});
  fill(stack.holdfast.port(), 0, 100);
  stack.holdfast.stop();
  lose_everything(stack.redis);
  fill(stack.redis.port(), 1000, 21'000);
  RedisClient direct(stack.redis.port());
  ASSERT_EQ(direct.command({"CONFIG", "SET", "rdb-key-save-delay", "100"}), "OK");
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("what it has is kept"));
  stack.holdfast.kill();
  EXPECT_EQ(direct.command({"DBSIZE"}), "20000");
  EXPECT_EQ(direct.info("replication", "role"), "slave");
  ASSERT_EQ(direct.command({"CONFIG", "SET", "rdb-key-save-delay", "0"}), "OK");
  stack.holdfast.start();
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"DBSIZE"}), "100");
  TempDir old;
  copy_tree(stack.holdfast.journal_dir(), old.file("appendonlydir"));
  write_file(old.file("appendonlydir/appendonly.aof.manifest"),
             read_file(old.file("appendonlydir/appendonly.aof.generation-2.manifest")));
  RedisServer kept({"--dir", old.path(), "--appendonly", "yes"});
  RedisClient kept_client(kept.port());
  EXPECT_EQ(kept_client.command({"DBSIZE"}), "20000");
}

TEST(Recovery, WithRecoverItIsDoneByItself) {
  Stack stack({.journal = "on_history_break = \"recover\"\n"});
  fill(stack.holdfast.port(), 0, 100);
  stack.holdfast.stop();
  lose_everything(stack.redis);
  {
    RedisClient direct(stack.redis.port());
    ASSERT_EQ(direct.command({"SET", "newer", "1"}), "OK");
  }
  stack.holdfast.start();
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"DBSIZE"}), "100");
  EXPECT_NE(read_file(stack.holdfast.journal_dir() + "/appendonly.aof.generation-2.manifest"), "");
}

TEST(Recovery, ARedisThatOnlyRenamedItsHistoryIsNoAlarm) {
  Stack stack({.journal = "on_history_break = \"hold\"\n"}, {"--repl-backlog-ttl", "1"});
  fill(stack.holdfast.port(), 0, 100);
  stack.holdfast.stop();
  RedisClient direct(stack.redis.port());
  const std::string replid = direct.info("replication", "master_replid");
  ASSERT_TRUE(wait_until([&] { return direct.info("replication", "master_replid") != replid; }));
  ASSERT_EQ(direct.command({"SET", "meanwhile", "1"}), "OK");
  stack.holdfast.start();
  EXPECT_TRUE(stack.holdfast.wait_log("is the same process, so nothing is missing"));
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"DBSIZE"}), "101");
  ASSERT_TRUE(wait_writable(client));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

// The same process, but its data went through another server: that is no proof.
TEST(Recovery, ARedisThatWasAReplicaMeanwhileIsNotTakenForTheSame) {
  RedisServer other;
  Stack stack({.journal = "on_history_break = \"hold\"\n"}, {"--repl-backlog-ttl", "1"});
  fill(stack.holdfast.port(), 0, 100);
  stack.holdfast.stop();
  RedisClient direct(stack.redis.port());
  fill(other.port(), 0, 1000);
  ASSERT_EQ(direct.command({"REPLICAOF", "127.0.0.1", std::to_string(other.port())}), "OK");
  ASSERT_TRUE(wait_reply(direct, {"DBSIZE"}, "1000"));
  ASSERT_EQ(direct.command({"REPLICAOF", "NO", "ONE"}), "OK");
  ASSERT_TRUE(wait_until([&] { return direct.info("replication", "second_repl_offset") == "-1"; }));
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  EXPECT_TRUE(stack.holdfast.wait_problem("has another history than the journal"));
}

// A journal with a base that a Redis takes seconds to load, so that there is a middle to die in.
struct SlowStack {
  SlowStack() : holdfast(filled(redis)) {
    redis.kill();
    redis.arguments() = {"--key-load-delay", "100", "--loading-process-events-interval-bytes", "16384"};
  }
  static RedisServer& filled(RedisServer& redis) {
    fill(redis.port(), 0, kKeys);
    return redis;
  }
  // Until a recovery is under way; one that a killed Redis or Holdfast has left may be over sooner than seen.
  void wait_middle(int round) const {
    EXPECT_TRUE(wait_until([&] {
      const std::string page = holdfast.ready_page();
      return page.find("of the snapshot sent") != std::string::npos ||
             page.find("is applying") != std::string::npos || (round > 0 && holdfast.ready_status() == 200);
    })) << holdfast.log();
  }
  // Nothing is left of what it has received, or saved of that.
  void kill_redis() {
    redis.kill();
    std::filesystem::remove(redis.dir() + "/dump.rdb");
  }
  void expect_all_there() {
    RedisClient client(holdfast.port());
    ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, std::to_string(kKeys)));
    EXPECT_TRUE(holdfast.wait_ready());
    RedisClient direct(redis.port());
    EXPECT_EQ(direct.info("replication", "role"), "master");
  }

  static constexpr int kKeys = 10'000;
  RedisServer redis;
  Holdfast holdfast;
};

TEST(Recovery, HoldfastKilledInTheMiddleFinishesItTheNextTime) {
  SlowStack stack;
  stack.redis.start();
  for (int round = 0; round < 3; ++round) {
    stack.wait_middle(round);
    stack.holdfast.kill();
    stack.holdfast.start(HoldfastProcess::Until::kStarted);
    RedisClient early(stack.holdfast.port());
    EXPECT_NE(early.command({"GET", "key:1"}), "(nil)");
  }
  stack.expect_all_there();
}

TEST(Recovery, HoldfastStoppedInTheMiddleFinishesItTheNextTime) {
  SlowStack stack;
  stack.redis.start();
  stack.wait_middle(0);
  EXPECT_EQ(stack.holdfast.stop(), 0);
  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  stack.expect_all_there();
}

TEST(Recovery, RedisKilledInTheMiddleGetsItsDataTheNextTime) {
  SlowStack stack;
  for (int round = 0; round < 3; ++round) {
    stack.redis.start();
    stack.wait_middle(round);
    stack.kill_redis();
  }
  stack.redis.start();
  stack.expect_all_there();
}

TEST(Recovery, BothKilledInTheMiddle) {
  SlowStack stack;
  for (int round = 0; round < 2; ++round) {
    stack.redis.start();
    stack.wait_middle(round);
    stack.holdfast.kill();
    stack.kill_redis();
    stack.holdfast.start(HoldfastProcess::Until::kStarted);
  }
  stack.redis.start();
  stack.expect_all_there();
}

TEST(Recovery, ALinkThatIsCutInTheMiddleIsMadeAgain) {
  const int serve = free_port();
  StallingRelay relay(serve);
  Stack stack({.journal = "serve = \"127.0.0.1:" + std::to_string(serve) +
                          "\"\nannounce = \"127.0.0.1:" + std::to_string(relay.port()) + "\"\n"});
  fill(stack.holdfast.port(), 0, 20'000, 1000);
  lose_everything(stack.redis);
  for (const uint64_t megabytes : {1, 3, 8}) {
    ASSERT_TRUE(wait_until([&] { return relay.passed_on() > megabytes << 20; }));
    relay.cut();
  }
  RedisClient client(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "20000"));
  EXPECT_TRUE(stack.holdfast.wait_ready());
}

TEST(Recovery, ARedisThatCannotComeIsSaidWithTheKeyToSet) {
  StallingRelay relay(1);
  relay.refuse(true);
  const int serve = free_port();
  Stack stack({.journal = "serve = \"127.0.0.1:" + std::to_string(serve) +
                          "\"\nannounce = \"127.0.0.1:" + std::to_string(relay.port()) + "\"\n"});
  fill(stack.holdfast.port(), 0, 100);
  lose_everything(stack.redis);
  ASSERT_TRUE(stack.holdfast.wait_problem("set upstream.main.journal.serve"));
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(is_error(client.command({"GET", "key:1"}), "LOADING"));
  relay.switch_to(serve);
  relay.refuse(false);
  ASSERT_TRUE(wait_reply(client, {"DBSIZE"}, "100"));
}

TEST(Recovery, ARedisThatDoesNotLetUsSaysSo) {
  Stack stack({}, {"--rename-command", "REPLICAOF", ""});
  fill(stack.holdfast.port(), 0, 100);
  lose_everything(stack.redis);
  ASSERT_TRUE(stack.holdfast.wait_problem("does not let the journal run REPLICAOF"));
  RedisClient client(stack.holdfast.port());
  // Until a link has been made again and has looked, it is -MASTERDOWN.
  EXPECT_TRUE(wait_until([&] { return is_error(client.command({"GET", "key:1"}), "LOADING"); }));
}

}  // namespace
}  // namespace holdfast::testing
