// A failover to a replica that lagged: what was lost is known exactly, kept, listed, and settled by a word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/integration/stalling_relay.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A primary, a replica that gets its stream through a relay that can stall, and Holdfast, whose upstream can
// be switched from the one to the other.
struct Failover {
  explicit Failover(HoldfastConfig config = {})
      : replication(primary.port()),
        upstream(primary.port()),
        holdfast(in_front_of(upstream, std::move(config))) {
    EXPECT_TRUE(holdfast.wait_ready());
    RedisClient client(replica.port());
    EXPECT_EQ(client.command({"REPLICAOF", "127.0.0.1", std::to_string(replication.port())}), "OK");
    EXPECT_TRUE(wait_until([&] { return client.info("replication", "master_link_status") == "up"; }));
  }

  static HoldfastConfig in_front_of(const StallingRelay& relay, HoldfastConfig config) {
    config.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port());
    return config;
  }
  // What is written through Holdfast from now on does not reach the replica.
  void lag() {
    RedisClient client(replica.port());
    RedisClient direct(primary.port());
    EXPECT_TRUE(wait_until([&] {
      return client.info("replication", "master_repl_offset") ==
             direct.info("replication", "master_repl_offset");
    }));
    replication.stall_replication(true);
  }
  void promote_replica() {
    RedisClient client(replica.port());
    EXPECT_EQ(client.command({"REPLICAOF", "NO", "ONE"}), "OK");
  }
  void fail_over() {
    upstream.switch_to(replica.port());
    primary.kill();
  }
  std::string holdfast_program(std::vector<std::string> arguments) {
    std::vector<std::string> command = {HOLDFAST_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--journal", holdfast.journal_dir()});
    std::string output;
    EXPECT_EQ(run_program(command, output), 0) << output;
    return output;
  }

  RedisServer primary;
  RedisServer replica;
  StallingRelay replication;
  StallingRelay upstream;
  Holdfast holdfast;
};

void write_before_and_lost(Failover& failover) {
  RedisClient client(failover.holdfast.port());
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.command({"SET", "before:" + std::to_string(i), "1"}), "OK");
  failover.lag();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(client.command({"INCR", "counter"}), std::to_string(i + 1));
  ASSERT_EQ(client.command({"SET", "lost", "a value"}), "OK");
  ASSERT_EQ(client.command({"SELECT", "2"}), "OK");
  ASSERT_EQ(client.command({"RPUSH", "list", "x", "y"}), "2");
}

TEST(Failover, WhatIsLostIsCountedListedAndGivenBack) {
  Failover failover;
  write_before_and_lost(failover);
  failover.promote_replica();
  failover.fail_over();
  ASSERT_TRUE(failover.holdfast.wait_problem("it lacks 7 operations on 3 keys"));
  RedisClient client(failover.holdfast.port());
  ASSERT_TRUE(wait_until([&] { return is_error(client.command({"GET", "before:1"}), "LOADING"); }));
  EXPECT_EQ(failover.holdfast.metric("holdfast_journal_lost_operations_total{upstream=\"main\"}"), 7);

  EXPECT_THAT(failover.holdfast_program({"journal", "lost"}),
              AllOf(HasSubstr("7 operations on 3 keys were missing in Redis"), HasSubstr("INCR counter"),
                    HasSubstr("SET lost \"a value\""), HasSubstr("RPUSH list x y"), HasSubstr("open"),
                    Not(HasSubstr("before:"))));
  EXPECT_THAT(failover.holdfast_program({"journal", "lost", "--json"}),
              AllOf(HasSubstr("\"operations\": 7"), HasSubstr("\"outcome\": \"open\"")));

  failover.holdfast_program({"recover"});
  ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, "5"));
  EXPECT_EQ(client.command({"GET", "lost"}), "a value");
  EXPECT_EQ(client.command({"GET", "before:3"}), "1");
  EXPECT_TRUE(failover.holdfast.wait_ready());
  EXPECT_EQ(
      failover.holdfast.metric("holdfast_journal_recoveries_total{upstream=\"main\",outcome=\"caught-up\"}"),
      1)
      << "nothing was newer there, so it got only what it lacked";
  EXPECT_THAT(failover.holdfast_program({"journal", "lost"}), HasSubstr("given-back at"));
}

TEST(Failover, WithRecoverTheLostTailComesBackByItself) {
  Failover failover({.journal = "on_history_break = \"recover\"\n"});
  write_before_and_lost(failover);
  failover.promote_replica();
  failover.fail_over();
  RedisClient client(failover.holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, "5"));
  ASSERT_TRUE(wait_reply(client, {"SET", "after", "1"}, "OK"));
  RedisClient direct(failover.replica.port());
  ASSERT_TRUE(wait_journaled(failover.holdfast, failover.replica));
  Restored restored(failover.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(Failover, TheLostTailIsRunAgainWhereNothingNewerTouchedItsKeys) {
  Failover failover;
  write_before_and_lost(failover);
  failover.promote_replica();
  {
    RedisClient direct(failover.replica.port());
    ASSERT_EQ(direct.command({"SET", "newer", "1"}), "OK");
    ASSERT_EQ(direct.command({"SET", "list", "in database 0"}), "OK");
  }
  failover.fail_over();
  ASSERT_TRUE(failover.holdfast.wait_problem("holdfast recover --only-lost"));
  failover.holdfast_program({"recover", "--only-lost"});
  RedisClient client(failover.holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "counter"}, "5"));
  EXPECT_EQ(client.command({"GET", "newer"}), "1");
  EXPECT_EQ(client.command({"GET", "lost"}), "a value");
  EXPECT_EQ(client.command({"GET", "list"}), "in database 0");
  ASSERT_EQ(client.command({"SELECT", "2"}), "OK");
  EXPECT_EQ(client.command({"LRANGE", "list", "0", "-1"}), "[x, y]");
  ASSERT_TRUE(wait_writable(client));
  EXPECT_THAT(failover.holdfast_program({"journal", "lost"}), HasSubstr("re-applied at"));
  ASSERT_TRUE(wait_journaled(failover.holdfast, failover.replica));
  Restored restored(failover.holdfast);
  RedisClient direct(failover.replica.port());
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(Failover, NothingRunsOverWhatIsNewer) {
  Failover failover;
  write_before_and_lost(failover);
  failover.promote_replica();
  RedisClient direct(failover.replica.port());
  ASSERT_EQ(direct.command({"INCR", "counter"}), "1");
  failover.fail_over();
  ASSERT_TRUE(failover.holdfast.wait_problem("holdfast recover --only-lost"));
  failover.holdfast_program({"recover", "--only-lost"});
  ASSERT_TRUE(failover.holdfast.wait_log("the key 'counter' in database 0 was changed since then"));
  EXPECT_EQ(direct.command({"EXISTS", "lost"}), "0");
  EXPECT_EQ(direct.command({"GET", "counter"}), "1");
  // The one who asked for it may look later.
  ASSERT_TRUE(failover.holdfast.wait_problem("was changed since then): it lost writes"));

  failover.holdfast_program({"accept"});
  RedisClient client(failover.holdfast.port());
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"GET", "counter"}), "1");
  // They are still there to be looked at.
  EXPECT_THAT(failover.holdfast_program({"journal", "lost"}),
              AllOf(HasSubstr("accepted at"), HasSubstr("SET lost \"a value\"")));
}

TEST(Failover, AReplicaThatHasEverythingIsFollowedWithoutAWord) {
  Failover failover;
  RedisClient client(failover.holdfast.port());
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.command({"SET", "before:" + std::to_string(i), "1"}), "OK");
  failover.lag();
  failover.promote_replica();
  failover.fail_over();
  ASSERT_TRUE(wait_writable(client));
  EXPECT_THAT(failover.holdfast_program({"journal", "lost"}), HasSubstr("nothing was lost"));
}

}  // namespace
}  // namespace holdfast::testing
