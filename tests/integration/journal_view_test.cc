// `holdfast journal ls | stat | verify | history | tail` beside a running Holdfast.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/background_program.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class JournalView : public ::testing::Test {
 protected:
  JournalView() : redis_(stack_.redis.port()) {}

  int journal(std::vector<std::string> arguments, const std::string& dir = "") {
    std::vector<std::string> command = {stack_.holdfast.program(), "journal"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--journal", dir.empty() ? stack_.holdfast.journal_dir() : dir});
    said_.clear();
    return run_program(command, said_);
  }

  Stack stack_;
  RedisClient redis_;
  TempDir dir_;
  std::string said_;
};

TEST_F(JournalView, ListsAndCounts) {
  redis_.command({"SET", "a", "1"});
  redis_.command({"SELECT", "4"});
  redis_.command({"LPUSH", "list", "x"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  EXPECT_EQ(journal({"ls"}), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("current"));
  EXPECT_THAT(said_, HasSubstr(redis_.info("replication", "master_replid")));
  EXPECT_EQ(journal({"ls", "--json"}), 0);
  EXPECT_THAT(said_, HasSubstr("\"generation\":1,\"current\":true"));
  EXPECT_THAT(said_, HasSubstr("appendonly.aof.2.incr.aof"));
  EXPECT_EQ(journal({"stat"}), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("LPUSH"));
  EXPECT_EQ(journal({"stat", "--json"}), 0);
  EXPECT_THAT(said_, HasSubstr("\"SET\":{\"commands\":1"));
  EXPECT_EQ(journal({"ls"}, dir_.file("none")), 2);
  EXPECT_THAT(said_, HasSubstr("there is no journal directory"));
}

TEST_F(JournalView, TheConfigurationNamesTheJournalToo) {
  redis_.command({"SET", "a", "1"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  const auto run = [&](std::vector<std::string> command) {
    command.insert(command.begin(), stack_.holdfast.program());
    said_.clear();
    return run_program(command, said_);
  };
  EXPECT_EQ(run({"journal", "history", "a", "--config", stack_.holdfast.config_file()}), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("SET a 1"));
  EXPECT_EQ(run({"journal", "lost", "-c", stack_.holdfast.config_file(), "--upstream", "main"}), 0) << said_;
  EXPECT_EQ(said_, "nothing was lost\n");
  EXPECT_EQ(run({"restore", "-c", stack_.holdfast.config_file(), "--out", dir_.file("out")}), 0) << said_;
  EXPECT_EQ(run({"journal", "ls", "--config", dir_.file("none")}), 2);
  EXPECT_EQ(run({"journal", "ls", "--journal", ""}), 2);
  EXPECT_EQ(said_, "holdfast: --journal: must not be empty; see holdfast journal ls --help\n");
  EXPECT_EQ(run({"journal", "list"}), 2);
  EXPECT_EQ(said_, "holdfast: 'list' is not a command; see holdfast journal --help\n");
}

TEST_F(JournalView, EndsWithItsReaderAndNoticesAFullDisk) {
  redis_.command({"SET", "a", "1"});
  redis_.command({"SET", "b", "2"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  const auto shell = [&](const std::string& line) {
    said_.clear();
    return run_program({"sh", "-c", line, stack_.holdfast.program(), stack_.holdfast.journal_dir()}, said_);
  };
  // Nothing more comes that would show it that the pipe is closed.
  EXPECT_EQ(shell("\"$0\" journal tail --journal \"$1\" | head -n 1"), 0);
  EXPECT_THAT(said_, HasSubstr("command"));
  EXPECT_EQ(shell("\"$0\" journal ls --journal \"$1\" > /dev/full"), 1);
  EXPECT_THAT(said_, HasSubstr("holdfast: cannot write to the standard output"));
}

TEST_F(JournalView, VerifiesTheBaseOfARealRedisToo) {
  for (int i = 0; i < 100; ++i) redis_.command({"SET", "key" + std::to_string(i), "v"});
  redis_.command({"SAVE"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  EXPECT_EQ(journal({"verify"}), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("every checksum is right"));
  copy_tree(stack_.holdfast.journal_dir(), dir_.file("copy"));
  const std::string segment = dir_.file("copy") + "/appendonly.aof.2.incr.aof";
  std::string content = read_file(segment);
  content[content.find("key50")] ^= 2;
  write_file(segment, content);
  EXPECT_EQ(journal({"verify"}, dir_.file("copy")), 1);
  EXPECT_THAT(said_, HasSubstr("damage: " + segment + ": corrupt at byte "));
  EXPECT_EQ(journal({"verify", "--json"}, dir_.file("copy")), 1);
  EXPECT_THAT(said_, HasSubstr("\"ok\":false"));
}

TEST_F(JournalView, TheHistoryOfAKey) {
  redis_.command({"SET", "order:1", "new"});
  redis_.command({"SET", "order:2", "other"});
  redis_.command({"EVAL", "return redis.call('SET', KEYS[1], 'paid')", "1", "order:1"});
  redis_.command({"MULTI"});
  redis_.command({"APPEND", "order:1", "!"});
  redis_.command({"SET", "order:2", "paid"});
  redis_.command({"EXEC"});
  redis_.command({"DEL", "x", "order:1"});
  redis_.command({"SET", "draft", "1"});
  redis_.command({"RENAME", "draft", "order:1"});
  redis_.command({"SWAPDB", "0", "1"});
  redis_.command({"FLUSHALL"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  EXPECT_EQ(journal({"history", "order:1"}), 0) << said_;
  size_t at = 0;
  for (const char* change : {"SET order:1 new", "SET order:1 paid", "(MULTI) APPEND order:1 !",
                             "DEL x order:1", "RENAME draft order:1", "SWAPDB 0 1", "FLUSHALL"}) {
    const size_t found = said_.find(change, at);
    ASSERT_NE(found, std::string::npos) << change << " in\n" << said_;
    at = found;
  }
  EXPECT_THAT(said_, Not(HasSubstr("order:2")));
  EXPECT_EQ(journal({"history", "order:1", "--json"}), 0);
  EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 7) << said_;
  EXPECT_THAT(said_, HasSubstr("\"command\":\"SET\",\"arguments\":[\"order:1\",\"new\"]"));
  EXPECT_EQ(journal({"history", "nobody"}), 0);
}

TEST(JournalHistory, BeginsWithWhatTheBaseHas) {
  RedisServer redis;
  RedisClient client(redis.port());
  client.command({"SET", "order:1", "from before"});
  client.command({"HSET", "order:2", "a", "1"});
  client.command({"SELECT", "4"});
  client.command({"SET", "order:1", "elsewhere", "EX", "10000"});
  client.command({"SELECT", "0"});
  Holdfast holdfast(redis);
  client.command({"FLUSHALL"});
  client.command({"FLUSHALL"});
  client.command({"SET", "order:1", "new"});
  ASSERT_TRUE(wait_journaled(holdfast, redis));
  std::string said;
  const auto history = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {holdfast.program(), "journal", "history", "--journal", holdfast.journal_dir()});
    said.clear();
    return run_program(arguments, said);
  };
  EXPECT_EQ(history({"order:1"}), 0);
  EXPECT_THAT(said, ContainsRegex("  0  \\(base\\) string \"from before\"\n"));
  EXPECT_THAT(said, ContainsRegex("  4  \\(base\\) string elsewhere, expires 2"));
  EXPECT_THAT(said, HasSubstr("SET order:1 new\n"));
  EXPECT_EQ(said.find("FLUSHALL"), said.rfind("FLUSHALL")) << "the second one had nothing to remove\n"
                                                           << said;
  EXPECT_EQ(history({"order:2", "--json"}), 0);
  EXPECT_THAT(said, HasSubstr("\"base\":\"appendonly.aof.1.base.rdb\",\"exists\":true,\"type\":\"hash\""));
  EXPECT_EQ(history({"order:3"}), 0);
  EXPECT_THAT(said, HasSubstr("no change of this key is journaled"));
  EXPECT_THAT(said, HasSubstr("and no base has it\n"));

  const std::string base = holdfast.journal_dir() + "/appendonly.aof.1.base.rdb";
  std::string content = read_file(base);
  content[content.find("from before")] = 'F';
  write_file(base, content);
  EXPECT_EQ(history({"order:1"}), 1);
  EXPECT_THAT(said, HasSubstr("SET order:1 new\n"));
  EXPECT_THAT(said, HasSubstr(base + ": corrupt: the checksum of the whole file does not match"));
}

TEST_F(JournalView, FollowsWhatIsWritten) {
  redis_.command({"SET", "order:0", "old"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  const std::string log = dir_.file("tail.log");
  BackgroundProgram tail({stack_.holdfast.program(), "journal", "tail", "--json", "--keys", "order:*",
                          "--journal", stack_.holdfast.journal_dir()},
                         log);
  ASSERT_TRUE(wait_until([&] { return read_file(log).find("order:0") != std::string::npos; }))
      << read_file(log);
  redis_.command({"SET", "user:1", "x"});
  redis_.command({"SET", "order:1", "x"});
  redis_.command({"FLUSHALL"});
  ASSERT_TRUE(wait_until([&] { return read_file(log).find("FLUSHALL") != std::string::npos; }))
      << read_file(log);
  EXPECT_THAT(read_file(log), HasSubstr("order:1"));
  EXPECT_THAT(read_file(log), Not(HasSubstr("user:1")));
  EXPECT_EQ(tail.interrupt(), 0) << read_file(log);
  EXPECT_EQ(journal({"tail", "--no-follow", "-n", "1"}), 0);
  EXPECT_THAT(said_, HasSubstr("FLUSHALL"));
  EXPECT_THAT(said_, Not(HasSubstr("order:1")));
}

}  // namespace
}  // namespace holdfast::testing
