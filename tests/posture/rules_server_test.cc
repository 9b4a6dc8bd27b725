// Every rule is driven to "met" and to "not met" by a real redis-server that is so.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/posture/posture_fixture.h"
#include "tests/support/redis_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::posture {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::wait_until;

// The rules that a real server was found to meet, and not to meet, by the tests so far.
std::set<std::string_view> met_rules, broken_rules;

void expect_met(std::string_view rule, const Facts& facts, const Limits& limits = {}) {
  met_rules.insert(rule);
  const Check check = check_of(rule, facts, limits);
  EXPECT_EQ(check.outcome, Outcome::kMet) << rule << ": " << check.reason;
}

void expect_not_met(std::string_view rule, const Facts& facts, const Limits& limits = {}) {
  broken_rules.insert(rule);
  const Check check = check_of(rule, facts, limits);
  EXPECT_EQ(check.outcome, Outcome::kNotMet) << rule << ": " << check.reason;
}

TEST(PostureRules, ABareServer) {
  const RedisServer redis;
  const Facts facts = facts_of(redis);
  EXPECT_TRUE(facts.not_known.empty()) << facts.not_known.front();
  for (const char* rule :
       {"password", "dangerous-commands", "version", "persistence", "aof", "maxmemory", "replica"})
    expect_not_met(rule, facts);
  for (const char* rule : {"protected-mode", "aof-healthy", "appendfsync", "save-healthy", "recent-save",
                           "no-delayed-fsync", "no-rewrite", "noeviction", "memory-headroom", "fragmentation",
                           "no-evicted-keys", "no-expired-keys", "primary", "replica-lag", "backlog"})
    expect_met(rule, facts);
  EXPECT_EQ(judge(facts).size(), rules().size());
}

TEST(PostureRules, APasswordAndHarmlessRights) {
  const RedisServer redis({"--user",    "default",  "on",    ">secret", "~*",        "&*",          "+@all",
                           "-flushall", "-flushdb", "-keys", "-debug",  "-shutdown", "-config|set",  //
                           "--user",    "admin",    "on",    ">word",   "~*",        "&*",          "+@all"});
  const Facts facts = facts_of(redis, "admin", "word");
  expect_met("password", facts);
  expect_met("dangerous-commands", facts);
}

TEST(PostureRules, ARenamedCommandIsNotOpen) {
  const RedisServer redis({"--rename-command", "FLUSHALL", ""});
  const Facts facts = facts_of(redis);
  ASSERT_TRUE(facts.open_commands);
  EXPECT_EQ(std::ranges::count(*facts.open_commands, "FLUSHALL"), 0);
  EXPECT_EQ(std::ranges::count(*facts.open_commands, "FLUSHDB"), 1);
}

TEST(PostureRules, OpenToOtherMachines) {
  // The minus makes it no error that no such address is there.
  const RedisServer redis({"--bind", "127.0.0.1", "-192.0.2.1", "--protected-mode", "no"});
  expect_not_met("protected-mode", facts_of(redis));
}

TEST(PostureRules, AVersionOfASeriesThatIsNotOnTheList) {
  const RedisServer redis;
  Limits limits;
  limits.ended_series = {};
  expect_met("version", facts_of(redis), limits);
}

TEST(PostureRules, WithAnAppendOnlyFile) {
  const RedisServer redis({"--appendonly", "yes", "--appendfsync", "everysec"});
  const Facts facts = facts_of(redis);
  for (const char* rule : {"persistence", "aof", "aof-healthy", "appendfsync", "no-delayed-fsync"})
    expect_met(rule, facts);
}

TEST(PostureRules, AppendfsyncNo) {
  const RedisServer redis({"--appendonly", "yes", "--appendfsync", "no"});
  expect_not_met("appendfsync", facts_of(redis));
}

TEST(PostureRules, AnAppendOnlyFileThatCannotBeRewritten) {
  const RedisServer redis({"--appendonly", "yes"});
  RedisClient client(redis.port());
  std::filesystem::rename(redis.dir() + "/appendonlydir", redis.dir() + "/away");
  testing::write_file(redis.dir() + "/appendonlydir", "in the way");
  client.command({"BGREWRITEAOF"});
  ASSERT_TRUE(wait_until([&] { return client.info("persistence", "aof_last_bgrewrite_status") == "err"; }));
  expect_not_met("aof-healthy", facts_of(redis));
}

TEST(PostureRules, ASnapshotThatCannotBeWritten) {
  const RedisServer redis({"--save", "3600", "1"});
  expect_met("persistence", facts_of(redis));
  RedisClient client(redis.port());
  client.command({"SET", "key", "value"});
  std::filesystem::create_directories(redis.dir() + "/dump.rdb/in-the-way");
  client.command({"BGSAVE"});
  ASSERT_TRUE(wait_until([&] { return client.info("persistence", "rdb_last_bgsave_status") == "err"; }));
  expect_not_met("save-healthy", facts_of(redis));
}

TEST(PostureRules, ChangesThatWereNeverSaved) {
  const RedisServer redis;
  RedisClient(redis.port()).command({"SET", "key", "value"});
  Limits limits;
  limits.save_age_s = -1;
  expect_not_met("recent-save", facts_of(redis), limits);
  expect_met("recent-save", facts_of(redis));
}

TEST(PostureRules, AFsyncThatIsLate) {
  const std::string library =
      std::filesystem::path(HOLDFAST_PROGRAM).parent_path() / "tests/posture/liblate_sync.so";
  ASSERT_TRUE(std::filesystem::exists(library)) << library;
  setenv("LD_PRELOAD", library.c_str(), 1);
  setenv("BENCH_SLOW_SYNC_US", "3000000", 1);
  const RedisServer redis({"--appendonly", "yes", "--appendfsync", "everysec"});
  unsetenv("LD_PRELOAD");
  unsetenv("BENCH_SLOW_SYNC_US");
  RedisClient client(redis.port());
  ASSERT_TRUE(wait_until([&] {
    client.command({"INCR", "n"});
    return client.info("persistence", "aof_delayed_fsync") != "0";
  }));
  expect_not_met("no-delayed-fsync", facts_of(redis));
}

TEST(PostureRules, ASnapshotUnderWay) {
  const RedisServer redis({"--rdb-key-save-delay", "10000000"});
  RedisClient client(redis.port());
  client.command({"SET", "key", "value"});
  client.command({"BGSAVE"});
  expect_not_met("no-rewrite", facts_of(redis));
}

TEST(PostureRules, ALimitThatIsNearlyReached) {
  const RedisServer redis;
  RedisClient client(redis.port());
  client.command({"SET", "key", std::string(4 << 20, 'x')});
  client.command({"CONFIG", "SET", "maxmemory", client.info("memory", "used_memory")});
  const Facts facts = facts_of(redis);
  expect_met("maxmemory", facts);
  expect_not_met("memory-headroom", facts);
}

TEST(PostureRules, FragmentationAboveItsLimits) {
  const RedisServer redis;
  Limits limits;
  limits.fragmentation = 0.01;
  limits.fragmentation_bytes = INT64_MIN;
  expect_not_met("fragmentation", facts_of(redis), limits);
}

TEST(PostureRules, KeysThatAreEvicted) {
  const RedisServer redis({"--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"});
  RedisClient client(redis.port());
  for (int i = 0; i < 50; ++i) client.command({"SET", "key:" + std::to_string(i), std::string(200'000, 'x')});
  const Facts facts = facts_of(redis);
  expect_not_met("noeviction", facts);
  expect_not_met("no-evicted-keys", facts);
}

TEST(PostureRules, KeysThatExpire) {
  const RedisServer redis;
  RedisClient client(redis.port());
  client.command({"SET", "key", "value", "PX", "1"});
  ASSERT_TRUE(wait_until([&] { return client.command({"GET", "key"}) == "(nil)"; }));
  expect_not_met("no-expired-keys", facts_of(redis));
}

TEST(PostureRules, AReplica) {
  const RedisServer primary;
  const RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(primary.port())});
  RedisClient client(primary.port());
  ASSERT_TRUE(wait_until(
      [&] { return client.info("replication", "slave0").find("state=online") != std::string::npos; }));
  expect_not_met("primary", facts_of(replica));
  const Facts facts = facts_of(primary);
  expect_met("primary", facts);
  expect_met("replica", facts);
  expect_met("replica-lag", facts);
  Limits limits;
  limits.replica_lag_s = -1;
  expect_not_met("replica-lag", facts, limits);
}

TEST(PostureRules, ABacklogThatIsTooSmallForTheRateOfWrites) {
  const RedisServer primary({"--repl-backlog-size", "16kb"});
  const RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(primary.port())});
  RedisClient client(primary.port());
  ASSERT_TRUE(wait_until(
      [&] { return client.info("replication", "slave0").find("state=online") != std::string::npos; }));
  ASSERT_TRUE(wait_until([&] { return client.info("server", "uptime_in_seconds") != "0"; }));
  client.command({"SET", "key", std::string(8 << 20, 'x')});
  expect_not_met("backlog", facts_of(primary));
}

TEST(PostureRules, WhatIsNotAllowedIsNotKnownAndNotFine) {
  const RedisServer redis({"--user", "watcher", "on", ">word", "+info", "+ping"});
  const Facts facts = facts_of(redis, "watcher", "word");
  EXPECT_FALSE(facts.not_known.empty());
  for (const char* rule : {"password", "protected-mode", "dangerous-commands"})
    EXPECT_EQ(check_of(rule, facts).outcome, Outcome::kNotKnown) << rule;
  expect_met("noeviction", facts);  // INFO says so
}

// The last of this suite that asks a server.
TEST(PostureRules, EveryRuleWasDrivenBothWays) {
  if (::testing::UnitTest::GetInstance()->test_to_run_count() !=
      ::testing::UnitTest::GetInstance()->total_test_count())
    GTEST_SKIP() << "not all tests run";
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(met_rules.contains(rule.name)) << rule.name << " was never met";
    EXPECT_TRUE(broken_rules.contains(rule.name)) << rule.name << " was never broken";
  }
}

TEST(PostureRules, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Rule& rule : rules()) EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
}

}  // namespace
}  // namespace holdfast::posture
