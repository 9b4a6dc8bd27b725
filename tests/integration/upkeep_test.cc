// The commands that look after a journal, as a person runs them: `journal compact` and `rehearse`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

int run_holdfast(const HoldfastProcess& holdfast, std::vector<std::string> arguments, std::string& output) {
  arguments.insert(arguments.begin(), holdfast.program());
  output.clear();
  return run_program(arguments, output);
}

void write_some(int port) {
  RedisClient client(port);
  for (int i = 0; i < 200; ++i) client.command({"SET", "order:" + std::to_string(i % 50), std::to_string(i)});
}

TEST(Upkeep, CompactsBesideARunningHoldfastAndWithoutOne) {
  Stack stack;
  write_some(stack.holdfast.port());
  std::string output;
  const std::string dir = stack.holdfast.journal_dir();
  ASSERT_EQ(run_holdfast(stack.holdfast, {"journal", "compact", "--journal", dir}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("a running Holdfast has this journal"));
  EXPECT_THAT(output, HasSubstr("a new base of"));
  EXPECT_EQ(stack.holdfast.metric("holdfast_journal_compactions_total{upstream=\"main\",result=\"done\"}"),
            1);
  EXPECT_GT(stack.holdfast.metric("holdfast_journal_oldest_restorable_timestamp_seconds{upstream=\"main\"}"),
            0);
  write_some(stack.holdfast.port());
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  RedisClient live(stack.redis.port());
  {
    Restored restored(stack.holdfast);
    EXPECT_EQ(digest(restored.client()), digest(live));
  }
  EXPECT_EQ(stack.holdfast.stop(), 0);
  ASSERT_EQ(run_holdfast(stack.holdfast, {"journal", "compact", "--journal", dir}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("a new base of"));
  ASSERT_EQ(run_holdfast(stack.holdfast, {"journal", "compact", "--journal", dir}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("there is nothing to do"));
  Restored restored(stack.holdfast);
  EXPECT_EQ(digest(restored.client()), digest(live));
}

TEST(Upkeep, CompactNamesWhatIsWrong) {
  Stack stack;
  std::string output;
  EXPECT_EQ(run_holdfast(stack.holdfast, {"journal", "compact", "--journal", "/nowhere"}, output), 2);
  EXPECT_EQ(
      output,
      "holdfast journal compact: /nowhere is not a journal; name the directory that Holdfast writes with "
      "--journal\n");
  EXPECT_FALSE(std::filesystem::exists("/nowhere"));
  write_some(stack.holdfast.port());
  stack.holdfast.stop();
  EXPECT_EQ(run_holdfast(stack.holdfast,
                         {"journal", "compact", "--journal", stack.holdfast.journal_dir(), "--redis-server",
                          "/nowhere/redis-server"},
                         output),
            2);
  EXPECT_THAT(output, HasSubstr("/nowhere/redis-server is not a program that can be run"));
}

TEST(Upkeep, RehearsesAgainstTheLiveRedis) {
  Stack stack;
  write_some(stack.holdfast.port());
  std::string output;
  const std::vector<std::string> command = {"rehearse", "--journal", stack.holdfast.journal_dir(), "--url",
                                            url_of(stack.redis)};
  ASSERT_EQ(run_holdfast(stack.holdfast, command, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("recovered in "));
  EXPECT_THAT(output, HasSubstr("keys         50 restored, 50 in the live Redis"));
  EXPECT_THAT(output, HasSubstr("mismatches   0"));
  auto json = command;
  json.push_back("--json");
  ASSERT_EQ(run_holdfast(stack.holdfast, json, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("\"good\": true"));
  EXPECT_THAT(output, HasSubstr("\"sampled_keys\": 50"));

  RedisClient(stack.redis.port()).command({"DEBUG", "REPLICATE", "SET", "order:7", "bad"});
  EXPECT_EQ(run_holdfast(stack.holdfast, command, output), 1) << output;
  EXPECT_THAT(output, HasSubstr("database 0, key 'order:7': its content is another"));
}

TEST(Upkeep, RehearsalWithoutARedisOrAJournal) {
  Stack stack;
  write_some(stack.holdfast.port());
  stack.holdfast.stop();
  std::string output;
  EXPECT_EQ(run_holdfast(stack.holdfast, {"rehearse", "--journal", stack.holdfast.journal_dir()}, output), 0);
  EXPECT_THAT(output, HasSubstr("keys         50 restored; not compared with a live Redis"));
  EXPECT_EQ(run_holdfast(stack.holdfast, {"rehearse", "--journal", "/nowhere"}, output), 2) << output;
  stack.redis.stop();
  EXPECT_EQ(
      run_holdfast(stack.holdfast,
                   {"rehearse", "--journal", stack.holdfast.journal_dir(), "--url", url_of(stack.redis)},
                   output),
      1);
  EXPECT_THAT(output, HasSubstr("cannot reach the upstream"));
}

TEST(Upkeep, TheScheduleIsSeenInReadyz) {
  Stack stack({.journal = "rehearse_every = \"24h\"\n"});
  EXPECT_TRUE(wait_until([&] {
    return stack.holdfast.ready_page().find("0 mismatches") != std::string::npos;
  })) << stack.holdfast.ready_page();
  EXPECT_TRUE(stack.holdfast.ready_page().starts_with("ready\nnote: the last rehearsal for upstream 'main'"));
  EXPECT_EQ(stack.holdfast.ready_status(), 200);
  EXPECT_GT(
      stack.holdfast.metric("holdfast_journal_rehearsal_last_success_timestamp_seconds{upstream=\"main\"}"),
      0);
}

}  // namespace
}  // namespace holdfast::testing
