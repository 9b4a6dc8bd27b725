// `holdfast doctor` as a person runs it, against real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int doctor(std::vector<std::string> arguments, std::string& output) {
  arguments.insert(arguments.begin(), {HOLDFAST_PROGRAM, "doctor"});
  return run_program(arguments, output);
}

std::string url_of(const RedisServer& redis) {
  return "redis://127.0.0.1:" + std::to_string(redis.port());
}

void fill(RedisClient& client, const std::string& prefix, int count, bool with_ttl) {
  for (int i = 0; i < count; ++i) {
    if (with_ttl)
      client.append({"SET", prefix + std::to_string(i), "value", "EX", "3600"});
    else
      client.append({"HSET", prefix + std::to_string(i), "state", "paid"});
  }
  for (int i = 0; i < count; ++i) client.next_reply();
}

TEST(Doctor, ACacheWithAPasswordIsWell) {
  const RedisServer redis(
      {"--requirepass", "secret", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  {
    RedisClient client(redis.port());
    client.command({"AUTH", "secret"});
    fill(client, "session:", 200, true);
  }
  const TempDir dir;
  write_file(dir.file("password"), "secret\n");
  std::string output;
  EXPECT_EQ(doctor({url_of(redis), "--password-file", dir.file("password")}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("cache: "));
  EXPECT_THAT(output, HasSubstr("session:*"));
  EXPECT_THAT(output, Not(HasSubstr("secret")));
}

TEST(Doctor, ADatabaseThatIsNotReadyNeedsAPerson) {
  const RedisServer redis;
  RedisClient client(redis.port());
  fill(client, "order:", 200, false);
  std::string output;
  EXPECT_EQ(doctor({url_of(redis)}, output), 3);
  EXPECT_THAT(output, HasSubstr("database, and not ready"));
  EXPECT_THAT(output, HasSubstr("persistence: needs you"));
  EXPECT_THAT(output, HasSubstr("\n  1. "));
}

TEST(Doctor, JsonSaysTheSame) {
  const RedisServer redis({"--appendonly", "yes", "--requirepass", "secret"});
  {
    RedisClient client(redis.port());
    client.command({"AUTH", "secret"});
    fill(client, "order:", 50, false);
  }
  std::string output;
  EXPECT_EQ(doctor({"redis://:secret@127.0.0.1:" + std::to_string(redis.port()), "--json"}, output), 0)
      << output;
  EXPECT_THAT(output, HasSubstr("\"use\": \"database, and ready for it\""));
  EXPECT_THAT(output, HasSubstr("\"recovers\": true"));
  EXPECT_THAT(output, HasSubstr("\"pattern\": \"order:*\""));
  EXPECT_THAT(output, Not(HasSubstr("secret")));
}

TEST(Doctor, ItLooksIntoEveryDatabaseAndKeepsToItsBudget) {
  const RedisServer redis;
  RedisClient client(redis.port());
  fill(client, "order:", 5'000, false);
  client.command({"SELECT", "7"});
  fill(client, "cart:", 20, true);
  std::string output;
  doctor({url_of(redis), "--keys", "1000"}, output);
  EXPECT_THAT(output, HasSubstr("; 5020, of which 1"));
  EXPECT_THAT(output, HasSubstr("a sample"));
  EXPECT_THAT(output, HasSubstr("cart:*"));
}

TEST(Doctor, ItChangesNothing) {
  const RedisServer redis;
  RedisClient client(redis.port());
  fill(client, "order:", 100, false);
  const std::string before = client.command({"DEBUG", "DIGEST"});
  const std::string changes = client.info("persistence", "rdb_changes_since_last_save");
  client.command({"CONFIG", "RESETSTAT"});
  std::string output;
  doctor({url_of(redis)}, output);
  EXPECT_EQ(client.command({"DEBUG", "DIGEST"}), before);
  EXPECT_EQ(client.info("persistence", "rdb_changes_since_last_save"), changes);
  const std::string commands = client.command({"INFO", "commandstats"});
  for (const char* forbidden : {"cmdstat_keys", "cmdstat_config|set", "cmdstat_flush", "cmdstat_eval"})
    EXPECT_THAT(commands, Not(HasSubstr(forbidden)));
}

TEST(Doctor, TheProposedConfigurationHasAKeyspaceForEachPattern) {
  const RedisServer redis;
  RedisClient client(redis.port());
  fill(client, "order:", 50, false);
  fill(client, "session:", 50, true);
  client.command({"SET", "with \"quotes\" and \\:1", "x"});
  client.command({"SET", "new\nline", "x"});
  client.command({"SET", "caf\xc3\xa9:1", "x"});
  client.command({"HSET", "order:item:1", "a", "b"});
  const TempDir dir;
  std::string output;
  doctor({url_of(redis), "--write-config", dir.file("holdfast.toml")}, output);
  const std::string proposed = read_file(dir.file("holdfast.toml"));
  EXPECT_THAT(proposed, HasSubstr("keys       = [\"order:*\"]"));
  EXPECT_THAT(proposed, HasSubstr("ttl        = \"forbid\""));
  EXPECT_THAT(proposed, HasSubstr("ttl        = \"require\""));
  EXPECT_THAT(output, HasSubstr("holdfast check"));
  std::string checked;
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "check", dir.file("holdfast.toml")}, checked), 0)
      << checked << proposed;
  EXPECT_THAT(checked, HasSubstr("holdfast.toml: good"));
  // A second time it must not be written over.
  std::string again;
  EXPECT_EQ(doctor({url_of(redis), "--write-config", dir.file("holdfast.toml")}, again), 2);
  EXPECT_THAT(again, HasSubstr("is there already"));
}

TEST(Doctor, TheProposedConfigurationLogsInAsTheDoctorDid) {
  const RedisServer redis({"--user", "admin", "on", ">s3cret-word", "~*", "&*", "+@all"});
  RedisClient client(redis.port());
  fill(client, "order:", 20, false);
  const TempDir dir;
  write_file(dir.file("password"), "s3cret-word\n");
  std::string output;
  EXPECT_EQ(doctor({"redis://admin@127.0.0.1:" + std::to_string(redis.port()), "--password-file",
                    dir.file("password"), "--write-config", dir.file("holdfast.toml")},
                   output),
            3)
      << output;
  const std::string proposed = read_file(dir.file("holdfast.toml"));
  EXPECT_THAT(proposed, HasSubstr("redis://admin@127.0.0.1:"));
  EXPECT_THAT(proposed, HasSubstr("password_file = \"" + dir.file("password") + "\""));
  EXPECT_THAT(proposed, Not(HasSubstr("s3cret-word")));
  std::string checked;
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "check", dir.file("holdfast.toml")}, checked), 0)
      << checked << proposed;
}

TEST(Doctor, SaysOfKeysWhatCannotBeToldByTheirNames) {
  const RedisServer redis;
  RedisClient client(redis.port());
  fill(client, "thing:", 40, false);
  fill(client, "thing:x", 40, true);
  client.command({"SETRANGE", "blob:1", "3000000", "x"});
  std::string output;
  doctor({url_of(redis)}, output);
  EXPECT_THAT(output, HasSubstr("\nkeys: could be better; 81, of which 81 were looked at\n"));
  EXPECT_THAT(output, HasSubstr(" warn mixed-ttl"));
  EXPECT_THAT(output, HasSubstr(" warn large-value"));
  std::string json;
  doctor({url_of(redis), "--json"}, json);
  EXPECT_THAT(json, HasSubstr("\"keys\": \"warning\""));
  EXPECT_THAT(json, HasSubstr("\"note\": \"mixed-ttl\""));
}

TEST(Doctor, WhatCannotBeAskedIsOneSentence) {
  std::string output;
  EXPECT_EQ(doctor({"redis://127.0.0.1:" + std::to_string(free_port())}, output), 1);
  EXPECT_THAT(output, HasSubstr("cannot ask redis://127.0.0.1:"));
  EXPECT_EQ(std::ranges::count(output, '\n'), 1);
  output.clear();
  EXPECT_EQ(doctor({"http://127.0.0.1:1"}, output), 2);
  EXPECT_EQ(std::ranges::count(output, '\n'), 1);
  const RedisServer redis({"--requirepass", "secret"});
  output.clear();
  EXPECT_EQ(doctor({url_of(redis)}, output), 1);
  EXPECT_THAT(output, HasSubstr("NOAUTH"));
}

}  // namespace
}  // namespace holdfast::testing
