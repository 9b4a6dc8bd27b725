// The commands that look after a journal, as a person runs them: `journal compact` and `rehearse`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/temp_dir.h"
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

// 0 when both succeed.
int compact_twice_at_once(const Stack& stack, std::string& output) {
  return run_program(
      {"sh", "-c",
       "\"$0\" journal compact --journal \"$1\" & first=$!; \"$0\" journal compact --journal \"$1\"; "
       "second=$?; wait $first && exit $second",
       stack.holdfast.program(), stack.holdfast.journal_dir()},
      output);
}

TEST(Upkeep, TwoWhoAskForACompactionBothGetAnAnswer) {
  Stack stack;
  write_some(stack.holdfast.port());
  std::string output;
  EXPECT_EQ(compact_twice_at_once(stack, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("a new base of"));
  // And without a Holdfast: whoever has to wait does it when the other has left.
  stack.holdfast.stop();
  EXPECT_EQ(compact_twice_at_once(stack, output), 0) << output;
}

TEST(Upkeep, CompactNamesWhatIsWrong) {
  Stack stack;
  std::string output;
  EXPECT_EQ(run_holdfast(stack.holdfast, {"journal", "compact", "--journal", "/nowhere"}, output), 2);
  EXPECT_EQ(output,
            "holdfast journal compact: there is no journal directory /nowhere; name the one that Holdfast "
            "writes\n");
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

// Where there is always something to compact, rehearsals have their turn too.
TEST(Upkeep, RehearsalsAndCompactionsTakeTurns) {
  Stack stack({.journal = "rehearse_every = \"1s\"\ncompact_min = \"1MiB\"\ncompact_factor = 1\n"});
  RedisClient client(stack.holdfast.port());
  const std::string value(300'000, 'v');
  int writes = 0;
  EXPECT_TRUE(wait_until([&] {
    client.command({"SET", "key", value + std::to_string(++writes)});
    return stack.holdfast.metric("holdfast_journal_rehearsals_total{upstream=\"main\",result=\"good\"}") >=
               2 &&
           stack.holdfast.metric("holdfast_journal_compactions_total{upstream=\"main\",result=\"done\"}") >=
               2;
  })) << stack.holdfast.ready_page();
}

// timeout(1) signals its child and then the group that both are in: one Ctrl-C for the person, two for the
// program.
TEST(Upkeep, AnInterruptedRehearsalLeavesNothing) {
  Stack stack;
  write_some(stack.holdfast.port());
  TempDir dir;
  // A redis-server that never gets to answer.
  write_file(dir.file("redis-server"), "#!/bin/sh\ntouch \"$MARK\"\nexec sleep 1000\n");
  std::filesystem::permissions(dir.file("redis-server"), std::filesystem::perms::owner_all);
  std::filesystem::create_directory(dir.file("tmp"));
  std::string output;
  EXPECT_EQ(
      run_program(
          {"sh", "-c",
           "TMPDIR=\"$3/tmp\" MARK=\"$3/mark\" \"$0\" rehearse --journal \"$1\" --redis-server \"$2\" & "
           "while [ ! -e \"$3/mark\" ]; do sleep 0.01; done; kill -INT $!; kill -INT $!; wait $!",
           stack.holdfast.program(), stack.holdfast.journal_dir(), dir.file("redis-server"), dir.path()},
          output),
      1)
      << output;
  EXPECT_THAT(output, HasSubstr("holdfast rehearse: interrupted; nothing was changed\n"));
  EXPECT_TRUE(std::filesystem::is_empty(dir.file("tmp")));
}

// Everything that takes a journal says the same of what is none, and changes nothing.
TEST(Upkeep, WhatIsNoJournalIsOneSentenceEverywhere) {
  Stack stack;
  TempDir dir;
  const std::string half = dir.file("half");
  std::filesystem::create_directory(half);
  std::filesystem::create_directory(dir.file("empty"));
  write_file(half + "/appendonly.aof.2.incr.aof", "x");
  write_file(dir.file("file"), "x");
  const std::vector<std::vector<std::string>> commands = {{"restore", "--out", dir.file("out")},
                                                          {"rehearse"},
                                                          {"accept"},
                                                          {"recover"},
                                                          {"journal", "ls"},
                                                          {"journal", "stat"},
                                                          {"journal", "tail"},
                                                          {"journal", "history", "k"},
                                                          {"journal", "verify"},
                                                          {"journal", "compact"},
                                                          {"journal", "lost"}};
  for (std::vector<std::string> command : commands) {
    const std::string name =
        "holdfast " + command[0] + (command[0] == "journal" ? " " + command[1] : std::string()) + ": ";
    command.insert(command.end(), {"--journal", ""});
    for (const auto& [journal, sentence] :
         {std::pair(dir.file("none"), "there is no journal directory " + dir.file("none")),
          std::pair(dir.file("file"), "there is no journal directory " + dir.file("file")),
          std::pair(dir.file("empty"),
                    dir.file("empty") + " is not a journal: it has no appendonly.aof.manifest"),
          std::pair(half,
                    half + " has files of a journal but no appendonly.aof.manifest: it is half a copy")}) {
      command.back() = journal;
      std::string output;
      EXPECT_EQ(run_holdfast(stack.holdfast, command, output), 2) << name << output;
      EXPECT_TRUE(output.starts_with(name + sentence)) << output;
      EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
    }
  }
  EXPECT_EQ(read_file(half + "/appendonly.aof.2.incr.aof"), "x");
  EXPECT_TRUE(std::filesystem::is_empty(dir.file("empty")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(half), std::filesystem::directory_iterator()),
            1);
  EXPECT_FALSE(std::filesystem::exists(dir.file("none")));
}

TEST(Upkeep, ADamagedJournalIsNeitherCompactedNorTouched) {
  Stack stack;
  write_some(stack.holdfast.port());
  stack.holdfast.stop();
  const std::string dir = stack.holdfast.journal_dir();
  std::filesystem::remove(dir + "/appendonly.aof.2.incr.aof");
  const std::string lock = read_file(dir + "/holdfast.lock");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"journal", "compact", "--journal", dir}, {"rehearse", "--journal", dir}}) {
    std::string output;
    EXPECT_EQ(run_holdfast(stack.holdfast, command, output), 1) << output;
    EXPECT_THAT(output, HasSubstr("appendonly.aof.2.incr.aof is missing, although the manifest names it\n"));
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
  }
  EXPECT_EQ(read_file(dir + "/holdfast.lock"), lock);
}

}  // namespace
}  // namespace holdfast::testing
