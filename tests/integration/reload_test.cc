// A changed configuration, while clients are served: all of it or nothing, with real files and real signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kApplied = "holdfast_config_reloads_total{outcome=\"applied\"}";
constexpr const char* kRefused = "holdfast_config_reloads_total{outcome=\"refused\"}";
constexpr const char* kBlocksGet = "block = [\"@builtin\", \"get\"]\n";

class Reload : public ::testing::Test {
 protected:
  // The new text is there and has been taken, or refused.
  bool wait_applied(double times = 1) { return wait_metric(kApplied, times); }
  bool wait_refused(double times = 1) { return wait_metric(kRefused, times); }
  bool wait_metric(const char* name, double value) {
    const bool there = wait_until([&] { return stack.holdfast.metric(name) >= value; });
    EXPECT_TRUE(there) << name << stack.holdfast.log();
    return there;
  }
  void change_environment(const std::string& lines) {
    stack.holdfast.config().environment = lines;
    stack.holdfast.write_config();
  }

  Stack stack;
  RedisClient client{stack.holdfast.port()};
};

TEST_F(Reload, SighupBringsNewRulesToConnectionsThatAreThere) {
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  change_environment(kBlocksGet);
  stack.holdfast.signal(SIGHUP);
  ASSERT_TRUE(wait_applied());
  EXPECT_EQ(client.command({"GET", "key"}),
            "-NOPERM holdfast: 'GET' is blocked in environment 'default' (rule 'get')");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "OK");
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("block of [environment.default]"));
  EXPECT_EQ(stack.holdfast.metric("holdfast_config_last_reload_success"), 1);

  change_environment("block = [\"@builtin\", \"set\"]\n");
  ASSERT_TRUE(wait_applied(2));
  EXPECT_EQ(client.command({"GET", "key"}), "1");
  EXPECT_THAT(client.command({"SET", "key", "2"}), StartsWith("-NOPERM"));
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("block of [environment.default]: added \"set\" (" +
                                              stack.holdfast.config_file() + ":12), removed \"get\""));
}

TEST_F(Reload, AChangedFileIsNoticedHoweverItIsReplaced) {
  const std::string file = stack.holdfast.config_file();
  const fs::path dir = fs::path(file).parent_path();
  // As editors do.
  stack.holdfast.config().environment = kBlocksGet;
  write_file(dir / "new.toml", stack.holdfast.config_text());
  fs::rename(dir / "new.toml", file);
  ASSERT_TRUE(wait_applied());
  EXPECT_THAT(client.command({"GET", "key"}), StartsWith("-NOPERM"));

  // As Kubernetes does with a ConfigMap: file -> ..data/holdfast.toml, ..data -> ..1, and then ..data -> ..2.
  const auto version = [&](const std::string& name, const std::string& environment) {
    stack.holdfast.config().environment = environment;
    fs::create_directory(dir / name);
    write_file(dir / name / "holdfast.toml", stack.holdfast.config_text());
    fs::create_directory_symlink(name, dir / "..data_tmp");
    fs::rename(dir / "..data_tmp", dir / "..data");
  };
  version("..1", "");
  fs::create_symlink("..data/holdfast.toml", dir / "link");
  fs::rename(dir / "link", file);
  ASSERT_TRUE(wait_applied(2));
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  version("..2", kBlocksGet);
  ASSERT_TRUE(wait_applied(3));
  EXPECT_THAT(client.command({"GET", "key"}), StartsWith("-NOPERM"));
}

TEST_F(Reload, ABadFileChangesNothingAndSaysWhy) {
  change_environment(kBlocksGet);
  ASSERT_TRUE(wait_applied());
  change_environment("block = [\"flushal\"]\nmode = \"audti\"\n");
  ASSERT_TRUE(wait_refused());
  EXPECT_THAT(client.command({"GET", "key"}), StartsWith("-NOPERM"));
  EXPECT_THAT(client.command({"FLUSHALL"}), StartsWith("-NOPERM"));
  const std::string place = stack.holdfast.config_file() + ":13:8: mode must be";
  EXPECT_THAT(stack.holdfast.log(), HasSubstr(place));
  EXPECT_EQ(stack.holdfast.metric("holdfast_config_last_reload_success"), 0);
  EXPECT_EQ(stack.holdfast.ready_status(), 200);
  EXPECT_THAT(stack.holdfast.ready_page(), StartsWith("ready\nnote: the configuration "));
  // The first of them; all are in the log.
  EXPECT_THAT(stack.holdfast.ready_page(),
              HasSubstr(stack.holdfast.config_file() + ":12:10: unknown command 'flushal'"));
  stack.holdfast.signal(SIGHUP);
  ASSERT_TRUE(wait_refused(2));

  fs::remove(stack.holdfast.config_file());
  ASSERT_TRUE(wait_refused(3));
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("cannot read"));

  change_environment("");
  ASSERT_TRUE(wait_applied(2));
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  EXPECT_EQ(stack.holdfast.ready_page(), "ready\n");
  EXPECT_EQ(stack.holdfast.metric("holdfast_config_last_reload_success"), 1);
}

TEST_F(Reload, WhatNeedsARestartRefusesTheWholeFile) {
  stack.holdfast.config().server = "workers = 2\n";
  stack.holdfast.config().journal = "segment_size = \"1MiB\"\n";
  change_environment(kBlocksGet);
  ASSERT_TRUE(wait_refused());
  EXPECT_EQ(client.command({"GET", "key"}), "(nil)");
  const std::string file = stack.holdfast.config_file();
  EXPECT_THAT(stack.holdfast.log(), HasSubstr(file + ":3:11: workers in [server] has changed"));
  EXPECT_THAT(stack.holdfast.log(),
              HasSubstr(file + ":10:16: segment_size in [upstream.main.journal] has changed"));
  EXPECT_THAT(stack.holdfast.ready_page(), HasSubstr("a reload cannot change that"));
  // The default, written out, is no change.
  stack.holdfast.config().server = "workers = 1\n";
  stack.holdfast.config().journal = "";
  stack.holdfast.write_config();
  ASSERT_TRUE(wait_applied());
  EXPECT_THAT(client.command({"GET", "key"}), StartsWith("-NOPERM"));
}

TEST_F(Reload, AnOpenTransactionWhoseRulesChangeRunsNothing) {
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "key", "1"}), "QUEUED");
  change_environment("block = [\"@builtin\", \"set\"]\n");
  ASSERT_TRUE(wait_applied());
  EXPECT_EQ(client.command({"GET", "key"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}),
            "-EXECABORT Transaction discarded because of: the rules of this environment were changed after "
            "MULTI.");
  EXPECT_EQ(other.command({"GET", "key"}), "(nil)");
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"GET", "key"}), "QUEUED");
  // That something else changes does not concern it.
  stack.holdfast.config().server = "log_level = \"debug\"\n";
  stack.holdfast.write_config();
  ASSERT_TRUE(wait_applied(2));
  EXPECT_EQ(client.command({"EXEC"}), "[(nil)]");
}

TEST_F(Reload, EveryRequestOfAPipelineIsDecidedByTheOldRulesOrByTheNew) {
  stack.holdfast.config().server = "drain_timeout = \"9s\"\n";
  std::thread changes([&] {
    for (int i = 1; i <= 6; ++i) {
      change_environment(i % 2 == 1 ? kBlocksGet : "");
      stack.holdfast.signal(SIGHUP);
      if (!wait_applied(i)) return;
    }
  });
  std::string pipeline;
  for (int i = 0; i < 100; ++i) pipeline += "PING\r\nGET key\r\n";
  bool good = true;
  RawClient raw(stack.holdfast.port());
  for (int round = 0; good && (round < 20 || stack.holdfast.metric(kApplied) < 6); ++round) {
    raw.send(pipeline);
    for (int i = 0; good && i < 100; ++i) {
      good = raw.read_reply() == "+PONG\r\n";
      const std::string reply = raw.read_reply();
      good = good && (reply == "$-1\r\n" || reply.starts_with("-NOPERM holdfast: 'GET' is blocked"));
      EXPECT_TRUE(good) << reply;
    }
  }
  changes.join();
}

TEST_F(Reload, WhoseUserIsGoneIsDisconnected) {
  const std::string user =
      "[environment.default.user.NAME]\npassword_sha256 = "
      "[\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"]\nacl = \"+@all ~*\"\n";
  const auto named = [&](const std::string& name) {
    std::string text = user;
    return text.replace(text.find("NAME"), 4, name);
  };
  stack.holdfast.kill();
  stack.holdfast.config().environment = "auth = \"users\"\n" + named("app") + named("other");
  stack.holdfast.start();
  RedisClient app(stack.holdfast.port()), other(stack.holdfast.port());
  EXPECT_EQ(app.command({"AUTH", "app", "secret"}), "OK");
  EXPECT_EQ(other.command({"AUTH", "other", "secret"}), "OK");
  change_environment("auth = \"users\"\n" + named("other"));
  ASSERT_TRUE(wait_applied());
  EXPECT_THAT(app.command({"PING"}), StartsWith("(connection lost"));
  EXPECT_EQ(other.command({"PING"}), "PONG");
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("user 'app' of [environment.default] removed"));
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("1 client disconnected"));
}

TEST_F(Reload, EndsALookAtEverythingThatIsNowForbidden) {
  change_environment("allow = [\"monitor\"]\n");
  ASSERT_TRUE(wait_applied());
  RawClient monitor(stack.holdfast.port());
  EXPECT_EQ(monitor.command({"MONITOR"}), "+OK\r\n");
  change_environment("");
  ASSERT_TRUE(wait_applied(2));
  EXPECT_THAT(monitor.read_to_end(), Not(HasSubstr("-ERR")));
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("1 client disconnected"));
}

}  // namespace
}  // namespace holdfast::testing
