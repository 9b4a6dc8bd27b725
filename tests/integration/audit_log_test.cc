// The audit log of a running Holdfast: what is in it, what never is, and that it holds up nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<json> lines_of(const std::string& path) {
  std::vector<json> lines;
  if (!fs::exists(path)) return lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

class AuditLog : public ::testing::Test {
 protected:
  HoldfastConfig config(const std::string& environment = "") const {
    return {.server = "audit_log = \"" + path + "\"\n", .environment = environment};
  }
  // Until the log has so many events of this kind; answers the last one.
  json wait_event(const std::string& event, size_t count = 1) const {
    std::vector<json> found;
    const bool there = wait_until([&] {
      found.clear();
      for (json& line : lines_of(path))
        if (line["event"] == event) found.push_back(std::move(line));
      return found.size() >= count;
    });
    EXPECT_TRUE(there) << "no " << count << " of " << event << " in " << read_file(path);
    return there ? found.back() : json();
  }

  TempDir dir;
  const std::string path = dir.file("audit.jsonl");
};

TEST_F(AuditLog, RulesOfKeysAndLimitsAreNamed) {
  const std::string keyspace = "[[environment.default.keyspace]]\n";
  Stack stack(
      config(keyspace + "name = \"orders\"\nkeys = [\"order:*\"]\nttl = \"forbid\"\n" + keyspace +
             "name = \"watched\"\nkeys = [\"w:*\"]\nttl = \"forbid\"\nmode = \"audit\"\n" +
             "[[environment.default.limit]]\nname = \"few\"\ncommands = [\"incr\"]\nrate = \"1/h\"\n"));
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"SET", "order:1", "secret", "EX", "5"}), StartsWith("-NOPERM"));
  const json refused = wait_event("refused");
  EXPECT_EQ(refused["rule"], "orders");
  EXPECT_EQ(refused["keys"], json({"order:1"}));
  EXPECT_EQ(client.command({"SET", "w:1", "v", "EX", "5"}), "OK");
  EXPECT_EQ(wait_event("observed")["rule"], "watched");
  EXPECT_EQ(client.command({"INCR", "n"}), "1");
  EXPECT_THAT(client.command({"INCR", "n"}), StartsWith("-TRYAGAIN"));
  EXPECT_EQ(wait_event("refused", 2)["rule"], "few");
}

TEST_F(AuditLog, ARefusalIsOneLineWithoutValues) {
  Stack stack(config("block = [\"@builtin\", \"mset\"]\n"));
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"MSET", "order:1", "secret1", "order:2", "secret2"}), StartsWith("-NOPERM"));
  const json line = wait_event("refused");
  EXPECT_EQ(line["environment"], "default");
  EXPECT_EQ(line["user"], "default");
  EXPECT_THAT(line["client"].get<std::string>(), StartsWith("127.0.0.1:"));
  EXPECT_EQ(line["command"], "MSET");
  EXPECT_EQ(line["keys"], json({"order:1", "order:2"}));
  EXPECT_EQ(line["rule"], "mset");
  EXPECT_EQ(line["where"], stack.holdfast.config_file() + ":13");
  EXPECT_EQ(line["verdict"], "refused");
  EXPECT_EQ(line["count"], 1);
  EXPECT_THAT(line["time"].get<std::string>(), ::testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
  EXPECT_THAT(read_file(path), Not(HasSubstr("secret")));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AuditLog, AStormOfRefusalsIsTwoLines) {
  Stack stack(config());
  RawClient client(stack.holdfast.port());
  std::string pipeline;
  for (int i = 0; i < 5'000; ++i) pipeline += "FLUSHALL\r\n";
  client.send(pipeline + "PING\r\n");
  for (int i = 0; i < 5'000; ++i) ASSERT_THAT(client.read_reply(), StartsWith("-NOPERM"));
  EXPECT_EQ(client.read_reply(), "+PONG\r\n");
  EXPECT_EQ(stack.holdfast.stop(), 0);  // what was being merged is written
  uint64_t refused = 0, lines = 0;
  for (const json& line : lines_of(path)) {
    if (line["event"] != "refused") continue;
    refused += line["count"].get<uint64_t>();
    ++lines;
  }
  EXPECT_EQ(refused, 5'000u);
  EXPECT_LE(lines, 20u);  // one window is ten seconds
}

TEST_F(AuditLog, WhatIsObservedAndWhatIsAdministrativeIsLetThroughAndTold) {
  Stack stack(config("mode = \"audit\"\nblock = [\"@builtin\", \"get\"]\nallow = [\"slowlog|reset\"]\n"));
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "order:1"}), "(nil)");
  const json observed = wait_event("observed");
  EXPECT_EQ(observed["command"], "GET");
  EXPECT_EQ(observed["keys"], json({"order:1"}));
  EXPECT_EQ(observed["verdict"], "observed");
  EXPECT_EQ(client.command({"SLOWLOG", "RESET"}), "OK");
  const json admin = wait_event("admin");
  EXPECT_EQ(admin["command"], "SLOWLOG RESET");
  EXPECT_EQ(admin["verdict"], "allowed");
  // In a transaction, and too large to be gathered.
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"GET", "order:2"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[(nil)]");
  EXPECT_EQ(client.command({"FLUSHALL"}), "OK");
  EXPECT_EQ(wait_event("observed", 2)["command"], "FLUSHALL");
  EXPECT_EQ(stack.holdfast.metric(
                "holdfast_requests_total{environment=\"default\",command=\"get\",verdict=\"observed\"}"),
            2);
}

TEST_F(AuditLog, LoginsAndWhatAUserMayNotAreToldWithTheName) {
  Stack stack(
      config("auth = \"users\"\n[environment.default.user.app]\n"
             "password_sha256 = [\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"]\n"
             "acl = \"+@all ~order:*\"\n"));
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"GET", "order:1"}), StartsWith("-NOAUTH"));
  EXPECT_EQ(wait_event("refused")["rule"], "auth");
  EXPECT_THAT(client.command({"AUTH", "app", "hunter2"}), StartsWith("-WRONGPASS"));
  EXPECT_EQ(wait_event("auth")["verdict"], "failed");
  EXPECT_EQ(wait_event("auth")["user"], "app");
  EXPECT_EQ(client.command({"AUTH", "app", "secret"}), "OK");
  EXPECT_EQ(wait_event("auth", 2)["verdict"], "allowed");
  EXPECT_THAT(client.command({"GET", "other"}), StartsWith("-NOPERM"));
  const json refused = wait_event("refused", 2);
  EXPECT_EQ(refused["user"], "app");
  EXPECT_EQ(refused["keys"], json({"other"}));
  EXPECT_EQ(refused["rule"], "user app");
  for (const char* password : {"hunter2", "secret"}) EXPECT_THAT(read_file(path), Not(HasSubstr(password)));
}

TEST_F(AuditLog, NoSecretOfAnyCommandIsInIt) {
  Stack stack(
      config("mode = \"audit\"\nblock = [\"@builtin\", \"auth\", \"hello\", \"set\", \"eval\", \"hset\"]\n"));
  RedisClient client(stack.holdfast.port());
  const std::vector<std::vector<std::string>> lines = {
      {"AUTH", "s3cret"},
      {"AUTH", "default", "s3cret"},
      {"HELLO", "2", "AUTH", "default", "s3cret"},
      {"ACL", "SETUSER", "bob", "on", ">s3cret", "+@all"},
      {"ACL", "DELUSER", "bob"},
      {"CONFIG", "SET", "masterauth", "s3cret"},
      {"MIGRATE", "127.0.0.1", "1", "", "0", "1", "AUTH", "s3cret", "KEYS", "k"},
      {"MIGRATE", "127.0.0.1", "1", "", "0", "1", "AUTH2", "KEYS", "s3cret", "KEYS", "k"},
      {"SET", "k", "s3cret"},
      {"HSET", "h", "field", "s3cret"},
      {"EVAL", "return 's3cret'", "1", "k", "s3cret"},
      {"NOSUCH", "s3cret"},
      {"DEBUG", "SLEEP", "s3cret"},
      {"CONFIG", "SET", "masterauth", ""}};
  for (const auto& line : lines) client.command(line);
  EXPECT_EQ(stack.holdfast.stop(), 0);
  const std::string text = read_file(path);
  EXPECT_THAT(text, Not(HasSubstr("s3cret")));
  for (const char* command : {"AUTH", "HELLO", "ACL SETUSER", "CONFIG SET", "MIGRATE", "SET", "HSET", "EVAL"})
    EXPECT_THAT(text, HasSubstr("\"command\":\"" + std::string(command) + "\""));
}

// A login that has to wait for a link to Redis is one login.
TEST_F(AuditLog, ALoginThatWaitsIsToldOnce) {
  Stack stack(
      config("auth = \"users\"\n[environment.default.user.app]\n"
             "password_sha256 = [\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"]\n"
             "acl = \"+@all ~*\"\n"));
  RawClient client(stack.holdfast.port());
  // The links of the other protocol have to be made first.
  EXPECT_THAT(client.command({"HELLO", "3", "AUTH", "app", "secret"}), StartsWith("%"));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  uint64_t logins = 0;
  for (const json& line : lines_of(path))
    if (line["event"] == "auth") logins += line["count"].get<uint64_t>();
  EXPECT_EQ(logins, 1u);
}

TEST_F(AuditLog, StartStopAndReloadAreTold) {
  Stack stack(config());
  EXPECT_THAT(wait_event("holdfast")["detail"].get<std::string>(), StartsWith("started"));
  stack.holdfast.config().environment = "block = [\"flushal\"]\n";
  stack.holdfast.write_config();
  EXPECT_THAT(wait_event("holdfast", 2)["detail"].get<std::string>(), HasSubstr("reload refused"));
  stack.holdfast.config().environment = "block = [\"flushall\"]\n";
  stack.holdfast.write_config();
  EXPECT_THAT(wait_event("holdfast", 4)["detail"].get<std::string>(),
              StartsWith("block of [environment.default]"));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  EXPECT_EQ(wait_event("holdfast", 5)["detail"], "stopped");
}

TEST_F(AuditLog, LogrotateAndSighup) {
  Stack stack(config());
  RedisClient client(stack.holdfast.port());
  client.command({"FLUSHALL"});
  wait_event("refused");
  fs::rename(path, path + ".old");
  stack.holdfast.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return fs::exists(path); }));
  client.command({"FLUSHDB"});
  EXPECT_EQ(wait_event("refused")["command"], "FLUSHDB");
}

TEST_F(AuditLog, AReloadTurnsItOnAndOff) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  stack.holdfast.config().server = config().server;
  stack.holdfast.config().environment = "mode = \"audit\"\n";
  stack.holdfast.write_config();
  wait_event("holdfast");
  EXPECT_EQ(client.command({"FLUSHALL"}), "OK");
  wait_event("observed");
  stack.holdfast.config().server = "audit_log = \"" + dir.file("none/audit.jsonl") + "\"\n";
  stack.holdfast.write_config();
  EXPECT_TRUE(stack.holdfast.wait_log("none/audit.jsonl"));
  stack.holdfast.config().server = "";
  stack.holdfast.write_config();
  EXPECT_TRUE(wait_until(
      [&] { return stack.holdfast.metric("holdfast_config_reloads_total{outcome=\"applied\"}") >= 2; }));
  EXPECT_EQ(client.command({"FLUSHDB"}), "OK");
  EXPECT_THAT(read_file(path), Not(HasSubstr("FLUSHDB")));
}

TEST_F(AuditLog, AFullDiskHoldsUpNobodyAndIsCounted) {
  Stack stack({.server = "audit_log = \"/dev/full\"\n"});
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"FLUSHALL"}), StartsWith("-NOPERM"));
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_TRUE(wait_until([&] { return stack.holdfast.metric("holdfast_audit_dropped_total") >= 2; }));
  EXPECT_TRUE(stack.holdfast.wait_log("cannot write to the audit log '/dev/full': No space left on device"));
  EXPECT_EQ(stack.holdfast.ready_status(), 200);
  EXPECT_THAT(stack.holdfast.ready_page(), HasSubstr("note: the audit log cannot be written"));
}

TEST_F(AuditLog, OneThatCannotBeOpenedStopsTheStart) {
  std::string output;
  write_file(dir.file("h.toml"), "[server]\naudit_log = \"" + dir.file("none/a.jsonl") + "\"\n");
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "run", "--config", dir.file("h.toml")}, output), 2);
  EXPECT_THAT(output, HasSubstr("h.toml:2"));
  EXPECT_THAT(output, HasSubstr("none/a.jsonl"));
  output.clear();
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "check", dir.file("h.toml")}, output), 2);
  EXPECT_THAT(output, HasSubstr("h.toml:2:13: error: "));
}

}  // namespace
}  // namespace holdfast::testing
