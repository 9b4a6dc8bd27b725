// The commands of a journal: what they are, which keys they change, and following them as they come.
#include "journal/stream_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/follower.h"
#include "journal/key_filter.h"
#include "journal/noted_command.h"
#include "journal/statistics.h"
#include "tests/journal/made_journal.h"
#include "tests/journal/store_fixture.h"

namespace holdfast::journal {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kStart = 1'700'000'000'000;

std::string text_of(const WalkedCommand& walked) {
  return std::to_string(walked.command.db) + (walked.command.in_transaction ? "t " : " ") +
         note_command(walked.command, walked.time_ms).text(60);
}

std::vector<std::string> all_of(const MadeJournal& made, const WalkOptions& options = {}) {
  std::vector<std::string> commands;
  auto generation = open_generation(made.dir(), made.manifest().generation);
  EXPECT_TRUE(generation.ok());
  Status walked = walk_generation(generation.value(), options, [&](const WalkedCommand& command) -> Status {
    commands.push_back(text_of(command));
    return {};
  });
  EXPECT_TRUE(walked.ok()) << walked.error().message();
  return commands;
}

std::string bytes_of(const std::vector<std::vector<std::string>>& commands) {
  std::string bytes;
  for (const auto& command : commands) bytes += command_bytes(command);
  return bytes;
}

TEST(StreamWalk, ShowsCommandsWithDatabasesAndTransactions) {
  MadeJournal made;
  made.begin_generation(100, kStart, kTestReplid);
  made.add_segment(
      {{bytes_of({{"SELECT", "2"}, {"SET", "a b", "1"}, {"MULTI"}, {"DEL", "x"}, {"EXEC"}}), kStart + 1, 2}});
  made.add_segment({{bytes_of({{"SET", "c", std::string(500, 'v')}}), kStart + 2, 2}});
  EXPECT_THAT(all_of(made), ElementsAre("2 SELECT 2", "2 SET \"a b\" 1", "2t MULTI", "2t DEL x", "2t EXEC",
                                        "2 SET c " + std::string(54, 'v') + "... (500 bytes)"));
  EXPECT_EQ(all_of(made, {.from_ms = kStart + 2}).size(), 1u);
  EXPECT_EQ(all_of(made, {.after = made.offset() - 1}).size(), 1u);
}

TEST(StreamWalk, CommandsLargerThanAnyBuffer) {
  MadeJournal made;
  made.begin_generation(100, kStart, kTestReplid);
  std::vector<std::string> mset = {"MSET"};
  for (int i = 0; i < 40; ++i) {
    mset.push_back("key" + std::to_string(i));
    mset.push_back(std::string(100'000, static_cast<char>('a' + i % 26)));
  }
  made.add_segment(
      {{bytes_of(
            {{"SET", "small", "1"}, mset, {"SET", "big", std::string(3 << 20, 'z')}, {"SET", "last", "1"}}),
        kStart + 1}});
  auto generation = open_generation(made.dir(), 1);
  std::vector<uint64_t> ends;
  KeyFilter filter = KeyFilter::of_key("key39");
  KeyFilter big = KeyFilter::of_key("big");
  int hits = 0;
  Status walked = walk_generation(generation.value(), {}, [&](const WalkedCommand& walked_command) -> Status {
    const StreamCommand& command = walked_command.command;
    ends.push_back(command.end);
    hits += filter.is_changed_by(command) ? 1 : 0;
    hits += big.is_changed_by(command) ? 10 : 0;
    if (command.arguments.size() == 81) {
      EXPECT_EQ(command.arguments[80].substr(0, 3), "nnn");
    }
    return {};
  });
  ASSERT_TRUE(walked.ok()) << walked.error().message();
  EXPECT_EQ(ends.size(), 4u);
  EXPECT_EQ(ends.back(), made.offset());
  EXPECT_EQ(hits, 11);
}

// The arguments as a command of the stream, in database 1.
bool changes(KeyFilter filter, const std::vector<std::string>& words) {
  StreamCommand command;
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  std::vector<uint64_t> sizes;
  for (const std::string& word : words) sizes.push_back(word.size());
  command.arguments = arguments;
  command.sizes = sizes;
  command.db = 1;
  return filter.is_changed_by(command);
}

TEST(KeyFilter, KnowsEveryWayInWhichAKeyChanges) {
  const std::vector<std::vector<std::string>> kChanges = {{"SET", "k", "v"},
                                                          {"del", "a", "k"},
                                                          {"UNLINK", "k"},
                                                          {"RENAME", "k", "b"},
                                                          {"RENAME", "b", "k"},
                                                          {"MSET", "a", "1", "k", "2"},
                                                          {"PEXPIREAT", "k", "1"},
                                                          {"FLUSHALL"},
                                                          {"FLUSHDB", "ASYNC"},
                                                          {"SWAPDB", "0", "1"},
                                                          {"COPY", "a", "k"},
                                                          {"MOVE", "k", "2"},
                                                          {"SUNIONSTORE", "k", "a"},
                                                          {"LMOVE", "k", "b", "LEFT", "LEFT"},
                                                          {"BITOP", "AND", "k", "a"},
                                                          {"SORT", "a", "STORE", "k"},
                                                          {"XADD", "k", "1-1", "f", "v"},
                                                          {"no.such.command", "k"}};
  for (const auto& words : kChanges) {
    EXPECT_TRUE(changes(KeyFilter::of_key("k"), words)) << words[0];
    EXPECT_TRUE(changes(KeyFilter::of_pattern("[k]"), words)) << words[0];
  }
  const std::vector<std::vector<std::string>> kOthers = {
      {"SET", "a", "k"},     {"COPY", "k", "b"}, {"SUNIONSTORE", "a", "k"},
      {"PUBLISH", "k", "v"}, {"DEL", "kk"},      {"SORT", "k", "STORE", "a"}};
  for (const auto& words : kOthers) EXPECT_FALSE(changes(KeyFilter::of_key("k"), words)) << words[0];
}

TEST(KeyFilter, OneDatabase) {
  KeyFilter there = KeyFilter::of_key("k");
  there.restrict_to(1);
  KeyFilter elsewhere = KeyFilter::of_key("k");
  elsewhere.restrict_to(3);
  for (const auto& words : {std::vector<std::string>{"SET", "k", "v"}, {"FLUSHDB"}, {"SWAPDB", "1", "2"}}) {
    EXPECT_TRUE(changes(there, words)) << words[0];
    EXPECT_FALSE(changes(elsewhere, words)) << words[0];
  }
  EXPECT_TRUE(changes(elsewhere, {"FLUSHALL"}));
  EXPECT_TRUE(changes(elsewhere, {"MOVE", "k", "3"}));
}

TEST(Follower, ShowsWhatComesAcrossSegmentsAndGenerations) {
  MadeJournal made;
  made.begin_generation(100, kStart, kTestReplid);
  std::vector<std::string> seen;
  Follower follower(made.dir(), 1, 0, {});
  const auto step = [&] {
    seen.clear();
    Status stepped = follower.step([&](const WalkedCommand& command) -> Status {
      seen.push_back(std::to_string(command.generation) + ": " + text_of(command));
      return {};
    });
    EXPECT_TRUE(stepped.ok()) << stepped.error().message();
    return seen;
  };
  EXPECT_THAT(step(), ElementsAre());
  made.add_segment({{bytes_of({{"SET", "a", "1"}}), kStart + 1}});
  EXPECT_THAT(step(), ElementsAre("1: 0 SET a 1"));
  EXPECT_THAT(step(), ElementsAre());
  // Half a group is nothing yet.
  const std::string path = made.segment_path(0);
  const std::string content = testing::read_file(path);
  testing::write_file(path, content + "*3\r\n$3\r\nSET\r\n$1\r\nb");
  EXPECT_THAT(step(), ElementsAre());
  testing::write_file(path, content);
  made.add_segment({{bytes_of({{"SET", "b", "2"}}), kStart + 2}});
  made.add_segment({{bytes_of({{"SET", "c", "3"}}), kStart + 3}});
  EXPECT_THAT(step(), ElementsAre("1: 0 SET b 2", "1: 0 SET c 3"));
  made.add_segment({{bytes_of({{"SET", "d", "4"}}), kStart + 4}});
  made.close_generation();
  made.begin_generation(50, kStart + 5, std::string(40, 'f'));
  made.add_segment({{bytes_of({{"SET", "e", "5"}}), kStart + 6}});
  EXPECT_THAT(step(), ElementsAre("1: 0 SET d 4", "2: 0 SET e 5"));
}

TEST(Statistics, CountsWhatThereIs) {
  MadeJournal made;
  made.begin_generation(100, kStart, kTestReplid);
  made.add_segment(
      {{bytes_of({{"PING"}, {"SET", "a", "1"}, {"set", "b", "1"}, {"MULTI"}, {"DEL", "a"}, {"EXEC"}}),
        kStart + 1000},
       {bytes_of({{"SELECT", "2"}, {"SET", "c", "123456789"}}), kStart + 2000, 2}});
  auto generation = open_generation(made.dir(), 1);
  auto counted = count_generation(generation.value());
  ASSERT_TRUE(counted.ok()) << counted.error().message();
  const Statistics& facts = counted.value();
  EXPECT_EQ(facts.groups, 2u);
  EXPECT_EQ(facts.commands, 4u);
  EXPECT_EQ(facts.transactions, 1u);
  EXPECT_EQ(facts.by_command.at("SET").commands, 3u);
  EXPECT_EQ(facts.by_db.at(0).commands, 3u);
  EXPECT_EQ(facts.by_db.at(2).commands, 1u);
  EXPECT_EQ(facts.largest->text(60), "SET c 123456789");
  EXPECT_EQ(facts.busiest_second_commands, 3u);
  EXPECT_EQ(facts.end, made.offset());
}

}  // namespace
}  // namespace holdfast::journal
