// While the journal cannot do its work, nothing is acknowledged that is not on disk, and reads go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/integration/stalling_relay.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

// A path below a regular file: no directory can be made there, not even by root.
std::string impossible_dir(const TempDir& dir) {
  write_file(dir.file("file"), "");
  return dir.file("file/journal");
}

TEST(JournalFailures, AnUnwritableDirectoryRefusesWritesAndServesReads) {
  TempDir dir;
  RedisServer redis;
  RedisClient direct(redis.port());
  direct.command({"SET", "key", "1"});
  Holdfast holdfast(redis, {.journal_dir = impossible_dir(dir)}, HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem(dir.file("file/journal")));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "1"));
  for (const std::vector<std::string>& write :
       std::vector<std::vector<std::string>>{{"SET", "key", "2"},
                                             {"DEL", "key"},
                                             {"EVAL", "return redis.call('SET','key','2')", "0"},
                                             {"BLPOP", "list", "0"},
                                             {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"}}) {
    const std::string reply = client.command(write);
    EXPECT_TRUE(is_error(reply, "MISCONF")) << write[0] << ": " << reply;
    EXPECT_THAT(reply, HasSubstr(dir.file("file/journal")));
  }
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  EXPECT_EQ(client.command({"EVAL_RO", "return redis.call('GET','key')", "0"}), "1");
  EXPECT_EQ(holdfast.metric("holdfast_journal_accepting{upstream=\"main\"}"), 0);
  EXPECT_EQ(holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"set\",verdict=\"unavailable\"}"),
            1);
  EXPECT_EQ(holdfast.stop(), 0);
}

TEST(JournalFailures, ATransactionWithARefusedWriteAppliesNothing) {
  TempDir dir;
  RedisServer redis;
  Holdfast holdfast(redis, {.journal_dir = impossible_dir(dir)}, HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("journal"));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "(nil)"));
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_TRUE(is_error(client.command({"SET", "key", "1"}), "MISCONF"));
  EXPECT_EQ(client.command({"GET", "key"}), "QUEUED");
  EXPECT_THAT(client.command({"EXEC"}), ::testing::StartsWith("-EXECABORT "));
  EXPECT_EQ(client.command({"EXISTS", "key"}), "0");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"EXISTS", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[0]");
}

TEST(JournalFailures, AllowLetsWritesThroughAndReadyzStaysRed) {
  TempDir dir;
  RedisServer redis;
  Holdfast holdfast(redis, {.journal_dir = impossible_dir(dir), .journal = "on_failure = \"allow\"\n"},
                    HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("journal"));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"SET", "key", "2"}), "OK");
  EXPECT_EQ(holdfast.metric("holdfast_unjournaled_requests_total{environment=\"default\"}"), 2);
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"INCR", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[3]");
  EXPECT_EQ(holdfast.ready_status(), 503);
}

TEST(JournalFailures, BeforeTheFirstSyncWritesAreRefusedAndReadsWork) {
  RedisServer redis({"--repl-diskless-sync-delay", "600"});
  RedisClient direct(redis.port());
  direct.command({"SET", "key", "1"});
  Holdfast holdfast(redis, {}, HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(holdfast.wait_problem("waiting for a snapshot"));
  RedisClient client(holdfast.port());
  ASSERT_TRUE(wait_reply(client, {"GET", "key"}, "1"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "2"}), "MISCONF"));
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  direct.command({"CONFIG", "SET", "repl-diskless-sync-delay", "0"});
  ASSERT_TRUE(wait_writable(client));
  EXPECT_TRUE(holdfast.wait_ready());
}

TEST(JournalFailures, AWriteThatIsNotDurableInTimeIsUncertain) {
  RedisServer redis;
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port()),
                     .environment = "ack_timeout = \"100ms\"\n"},
                    HoldfastProcess::Until::kReady);
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  relay.stall_replication(true);
  client.append({"GET", "key"});
  client.append({"SET", "key", "2"});
  client.append({"GET", "key"});
  client.append({"INCR", "key"});
  EXPECT_EQ(client.next_reply(), "1");
  const std::string uncertain = "-UNCERTAIN holdfast: the write was applied but is not confirmed durable";
  EXPECT_THAT(client.next_reply(), ::testing::StartsWith(uncertain));
  EXPECT_EQ(client.next_reply(), "2");
  EXPECT_THAT(client.next_reply(), ::testing::StartsWith(uncertain));
  EXPECT_EQ(holdfast.metric("holdfast_uncertain_replies_total{environment=\"default\"}"), 2);
  relay.stall_replication(false);
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"GET", "key"}), "3");
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "3");
}

TEST(JournalFailures, ATransactionThatIsNotDurableInTimeIsUncertainAsAWhole) {
  RedisServer redis;
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port()),
                     .environment = "ack_timeout = \"100ms\"\n"},
                    HoldfastProcess::Until::kReady);
  RedisClient client(holdfast.port());
  relay.stall_replication(true);
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"MULTI"}, {"SET", "key", "1"}, {"INCR", "key"}, {"EXEC"}, {"GET", "key"}})
    client.append(command);
  EXPECT_EQ(client.next_reply(), "OK");
  EXPECT_EQ(client.next_reply(), "QUEUED");
  EXPECT_EQ(client.next_reply(), "QUEUED");
  EXPECT_TRUE(is_error(client.next_reply(), "UNCERTAIN"));
  EXPECT_EQ(client.next_reply(), "2");
}

TEST(JournalFailures, ASlowJournalHoldsWritesAndNotReadsOfOthers) {
  RedisServer redis;
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port()),
                     .environment = "ack_timeout = \"60s\"\n"},
                    HoldfastProcess::Until::kReady);
  RedisClient writer(holdfast.port());
  RedisClient reader(holdfast.port());
  relay.stall_replication(true);
  int done = 0;
  writer.append({"SET", "key", "1"});
  ASSERT_EQ(redisBufferWrite(writer.context(), &done), REDIS_OK);
  ASSERT_TRUE(wait_until([&] { return holdfast.metric("holdfast_held_replies{upstream=\"main\"}") == 1; }));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(reader.command({"GET", "key"}), "1");
  EXPECT_EQ(holdfast.metric("holdfast_held_replies{upstream=\"main\"}"), 1);
  relay.stall_replication(false);
  EXPECT_EQ(writer.next_reply(), "OK");
  EXPECT_EQ(holdfast.metric("holdfast_held_replies{upstream=\"main\"}"), 0);
}

TEST(JournalFailures, AReplicaLinkThatIsCutAgainAndAgainLosesNothing) {
  Stack stack({}, {"--repl-backlog-size", "256mb"});
  RedisClient direct(stack.redis.port());
  Load load(stack.holdfast.port(), 4, 20);
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(load.wait_acknowledged(static_cast<uint64_t>(i) * 500));
    direct.command({"CLIENT", "KILL", "TYPE", "replica"});
  }
  load.stop();
  load.join();
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 1);
  for (const auto& [word, count] : load.failures())
    EXPECT_TRUE(word == "-MISCONF" || word == "-UNCERTAIN") << word << " " << count;
  stack.holdfast.wait_ready();
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  EXPECT_EQ(load.missing_in(restored.client()), 0);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(JournalFailures, ABacklogThatIsTooSmallIsHealedByANewSnapshot) {
  Stack stack({}, {"--repl-backlog-size", "16kb"});
  RedisClient direct(stack.redis.port());
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "before", "1"}), "OK");
  stack.holdfast.kill();
  for (int i = 0; i < 200; ++i)
    direct.command({"SET", "missed:" + std::to_string(i), std::string(2000, 'x')});
  stack.holdfast.start();
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_full_resyncs_total{upstream=\"main\"}"), 1);
  RedisClient again(stack.holdfast.port());
  EXPECT_EQ(again.command({"SET", "after", "1"}), "OK");
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

TEST(JournalFailures, ASecondHoldfastOnTheSameDirectorySaysSo) {
  Stack stack;
  RedisServer other;
  Holdfast second(other, {.journal_dir = stack.holdfast.journal_dir()}, HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(second.wait_problem(stack.holdfast.journal_dir()));
  EXPECT_THAT(second.ready_page(), HasSubstr("another"));
  RedisClient client(second.port());
  // It may be about to take over, so requests wait a while. Reads too: whether this Redis has what the
  // journal has is known only by who can read the journal.
  const std::string read = client.command({"EXISTS", "key"});
  EXPECT_TRUE(is_error(read, "LOADING")) << read;
  EXPECT_THAT(read, HasSubstr("is in use by another holdfast"));
  EXPECT_TRUE(is_error(client.command({"SET", "key", "1"}), "LOADING"));
  RedisClient first(stack.holdfast.port());
  EXPECT_EQ(first.command({"SET", "key", "1"}), "OK");
}

TEST(JournalFailures, ADamagedJournalIsReportedAndNotTouched) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.command({"SET", "key", std::to_string(i)}), "OK");
  EXPECT_EQ(stack.holdfast.stop(), 0);
  std::string damaged;
  for (const auto& entry : std::filesystem::directory_iterator(stack.holdfast.journal_dir())) {
    if (entry.path().string().ends_with(".incr.aof")) damaged = entry.path().string();
  }
  ASSERT_NE(damaged, "");
  std::string content = read_file(damaged);
  const size_t at = content.find("$2\r\n42");
  ASSERT_NE(at, std::string::npos);
  content[at + 4] = '9';
  write_file(damaged, content);

  stack.holdfast.start(HoldfastProcess::Until::kStarted);
  ASSERT_TRUE(stack.holdfast.wait_problem("damaged"));
  EXPECT_THAT(stack.holdfast.ready_page(), HasSubstr(damaged));
  EXPECT_EQ(read_file(damaged), content);
  TempDir out;
  std::string output;
  EXPECT_NE(run_program({HOLDFAST_PROGRAM, "restore", "--journal", stack.holdfast.journal_dir(), "--out",
                         out.file("o")},
                        output),
            0);
  EXPECT_THAT(output, HasSubstr(damaged));
  // What lies before the damage can be had, though more follows in the same file.
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "restore", "--until-damage", "--journal",
                         stack.holdfast.journal_dir(), "--out", out.file("o")},
                        output),
            0)
      << output;
  RedisServer restored({"--dir", out.file("o"), "--appendonly", "yes"});
  RedisClient there(restored.port());
  EXPECT_EQ(there.command({"GET", "key"}), "41");

  // Redis itself is as it was; one that comes back empty is not believed.
  RedisClient reader(stack.holdfast.port());
  ASSERT_TRUE(wait_reply(reader, {"GET", "key"}, "99"));
  stack.redis.kill();
  stack.redis.start();
  ASSERT_TRUE(wait_until([&] { return is_error(reader.command({"GET", "key"}), "LOADING"); }));
}

// What the history was is then read from the segments.
TEST(JournalFailures, BehindAnUnreadableManifestAnEmptyRedisIsNotBelieved) {
  for (const bool is_missing : {false, true}) {
    Stack stack;
    RedisClient client(stack.holdfast.port());
    ASSERT_EQ(client.command({"SET", "key", "1"}), "OK");
    EXPECT_EQ(stack.holdfast.stop(), 0);
    const std::string manifest = stack.holdfast.journal_dir() + "/appendonly.aof.manifest";
    if (is_missing)
      std::filesystem::remove(manifest);
    else
      write_file(manifest, read_file(manifest) + "?");
    stack.holdfast.start(HoldfastProcess::Until::kStarted);
    ASSERT_TRUE(stack.holdfast.wait_problem("appendonly.aof.manifest"));
    RedisClient reader(stack.holdfast.port());
    ASSERT_TRUE(wait_reply(reader, {"GET", "key"}, "1")) << "Redis itself is as it was";
    stack.redis.kill();
    stack.redis.start();
    std::string reply;
    EXPECT_TRUE(wait_until([&] {
      reply = reader.command({"GET", "key"});
      return is_error(reply, "LOADING");
    })) << reply;
  }
}

// Writes into files that nobody can find again would be acknowledged for nothing.
TEST(JournalFailures, ADirectoryThatIsRemovedIsNoticedAndBegunAnew) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"SET", "before", "1"}), "OK");
  std::filesystem::remove_all(stack.holdfast.journal_dir());
  EXPECT_TRUE(stack.holdfast.wait_log("is gone while it was in use"));
  ASSERT_TRUE(wait_writable(client));
  EXPECT_EQ(client.command({"SET", "after", "2"}), "OK");
  Restored restored(stack.holdfast);
  EXPECT_EQ(restored.client().command({"MGET", "before", "after"}), "[1, 2]");
}

// Redis itself gives the journal's link up: too much waits for it.
TEST(JournalFailures, AnOverflowAtRedisIsSurvivedAndSaysWhatToRaise) {
  RedisServer redis({"--client-output-buffer-limit", "replica 1mb 1mb 1", "--repl-backlog-size", "1mb"});
  StallingRelay relay(redis.port());
  Holdfast holdfast({.upstream_url = "redis://127.0.0.1:" + std::to_string(relay.port())},
                    Holdfast::Until::kReady);
  RedisClient direct(redis.port());
  relay.stall_replication(true);
  const std::string value(1 << 20, 'v');
  EXPECT_TRUE(wait_until([&] {
    direct.command({"SET", "large", value});
    return redis.log().find("overcoming of output buffer limits") != std::string::npos;
  }));
  for (int i = 0; i < 5; ++i) ASSERT_EQ(direct.command({"SET", "large", value}), "OK");
  relay.stall_replication(false);
  EXPECT_TRUE(holdfast.wait_log("raise repl-backlog-size there")) << holdfast.log();
  ASSERT_TRUE(holdfast.wait_ready());
  RedisClient client(holdfast.port());
  EXPECT_EQ(client.command({"SET", "after", "1"}), "OK");
  ASSERT_TRUE(wait_journaled(holdfast, redis));
  Restored restored(holdfast);
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

}  // namespace
}  // namespace holdfast::testing
