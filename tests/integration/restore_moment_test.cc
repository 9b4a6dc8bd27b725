// `holdfast restore`: what a stock server has that starts from it is what Redis had at that moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/clock.h"
#include "journal/moment.h"
#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/background_program.h"
#include "tests/support/certificates.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

class RestoreMoment : public ::testing::Test {
 protected:
  RestoreMoment() : stack_({}, {"--repl-ping-replica-period", "3600"}), redis_(stack_.redis.port()) {}

  struct Point {
    std::string offset;
    std::string digest;
  };
  Point here() { return {redis_.info("replication", "master_repl_offset"), digest(redis_)}; }

  // `holdfast restore` into out(); its exit code.
  int restore(std::vector<std::string> arguments) {
    std::vector<std::string> command = {stack_.holdfast.program(), "restore", "--journal",
                                        stack_.holdfast.journal_dir()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    said_.clear();
    return run_program(command, said_);
  }
  // Restores into a new directory, checks it, and starts a server from it.
  std::string restored_digest(std::vector<std::string> arguments) {
    copy_.reset();
    std::filesystem::remove_all(out());
    arguments.insert(arguments.end(), {"--out", out()});
    EXPECT_EQ(restore(std::move(arguments)), 0) << said_;
    std::string check;
    EXPECT_EQ(run_program({"redis-check-aof", out() + "/appendonlydir/appendonly.aof.manifest"}, check), 0)
        << check;
    copy_ = std::make_unique<RedisServer>(std::vector<std::string>{"--dir", out(), "--appendonly", "yes"});
    RedisClient client(copy_->port());
    return digest(client);
  }
  std::string out() const { return dir_.file("out"); }

  // One command or transaction of a kind that the journal sees in several forms.
  void random_write(std::mt19937& random) {
    const auto number = [&](int below) { return std::to_string(random() % static_cast<unsigned>(below)); };
    const std::string key = "key" + number(8);
    switch (random() % 9) {
      case 0:
        redis_.command({"SELECT", number(4)});
        break;
      case 1:
        redis_.command({"MULTI"});
        redis_.command({"INCR", "n" + number(3)});
        redis_.command({"RPUSH", "list", number(100)});
        redis_.command({"EXEC"});
        break;
      case 2:
        redis_.command({"EVAL", "redis.call('INCR', KEYS[1]) return redis.call('APPEND', KEYS[2], ARGV[1])",
                        "2", "n" + number(3), "text", number(1000)});
        break;
      case 3:
        redis_.command({"DEL", key});
        break;
      case 4:
        redis_.command({"SADD", "set", number(50), number(50), number(50)});
        redis_.command({"SPOP", "set"});
        break;
      case 5:
        redis_.command({"XADD", "stream", "*", "field", number(1000)});
        break;
      case 6:
        redis_.command({"RENAME", key, "key" + number(8)});
        break;
      default:
        redis_.command({"SET", key, std::string(random() % 300, 'v') + number(1000)});
    }
  }

  Stack stack_;
  RedisClient redis_;
  TempDir dir_;
  std::unique_ptr<RedisServer> copy_;
  std::string said_;
};

TEST_F(RestoreMoment, ToTheOffsetOfEveryMomentOfARandomWorkload) {
  std::mt19937 random(7);
  std::vector<Point> points;
  for (int i = 0; i < 200; ++i) {
    random_write(random);
    if (i % 12 == 0) points.push_back(here());
  }
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  for (const Point& point : points)
    ASSERT_EQ(restored_digest({"--to", point.offset}), point.digest) << point.offset << "\n" << said_;
}

TEST_F(RestoreMoment, ToATimeBetweenTwoWrites) {
  RedisClient client(stack_.holdfast.port());
  ASSERT_EQ(client.command({"SET", "before", "1"}), "OK");
  const int64_t between = unix_ms();
  const Point then = here();
  ASSERT_TRUE(wait_until([&] { return unix_ms() > between; }));
  ASSERT_EQ(client.command({"SET", "after", "1"}), "OK");
  EXPECT_EQ(restored_digest({"--to", journal::format_time(between)}), then.digest) << said_;
  EXPECT_THAT(said_, HasSubstr("next      SET after 1"));
  EXPECT_EQ(restored_digest({"--to", "0ms ago"}), here().digest);
  EXPECT_EQ(restored_digest({}), here().digest);
}

TEST_F(RestoreMoment, BeforeACommand) {
  redis_.command({"SET", "order:1", "paid"});
  redis_.command({"SELECT", "5"});
  redis_.command({"SET", "order:2", "open"});
  const Point before = here();
  redis_.command({"FLUSHALL"});
  redis_.command({"SET", "order:3", "new"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  EXPECT_EQ(restored_digest({"--before", "flushall"}), before.digest) << said_;
  EXPECT_THAT(said_, HasSubstr("before    FLUSHALL (occurrence 1 of 1 in generation 1)"));
  EXPECT_EQ(restore({"--before", "FLUSHDB", "--out", dir_.file("none")}), 2);
  EXPECT_THAT(said_, HasSubstr("there is no FLUSHDB in"));
}

TEST_F(RestoreMoment, OnlySomeKeys) {
  redis_.command({"MSET", "order:1", "a", "user:1", "b", "tmp", "c"});
  redis_.command({"SADD", "user:tags", "x", "y"});
  redis_.command({"SELECT", "3"});
  redis_.command({"RENAME", "nothing", "order:9"});
  redis_.command({"SET", "draft", "d"});
  redis_.command({"RENAME", "draft", "order:2"});
  redis_.command({"EXPIRE", "order:2", "5000"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  (void)restored_digest({"--keys", "order:*"});
  RedisClient client(copy_->port());
  EXPECT_EQ(client.command({"KEYS", "*"}), "[order:1]") << said_;
  EXPECT_EQ(client.command({"GET", "order:1"}), "a");
  client.command({"SELECT", "3"});
  EXPECT_EQ(client.command({"KEYS", "*"}), "[order:2]");
  EXPECT_EQ(client.command({"GET", "order:2"}), "d");
  EXPECT_GT(std::stoi(client.command({"TTL", "order:2"})), 4000);
  EXPECT_THAT(said_, HasSubstr("only the 2 keys that match order:*"));
}

TEST_F(RestoreMoment, ServedToAnyRedis) {
  redis_.command({"SELECT", "2"});
  for (int i = 0; i < 50; ++i) redis_.command({"SET", "key" + std::to_string(i), std::string(200, 'v')});
  const Point then = here();
  redis_.command({"FLUSHALL"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));

  const std::string log = dir_.file("serve.log");
  BackgroundProgram serve({stack_.holdfast.program(), "restore", "--journal", stack_.holdfast.journal_dir(),
                           "--before", "FLUSHALL", "--serve", "127.0.0.1:0"},
                          log);
  ASSERT_TRUE(wait_until([&] { return number_after(read_file(log), "REPLICAOF 127.0.0.1 ") > 0; }))
      << read_file(log);
  const std::string port = std::to_string(number_after(read_file(log), "REPLICAOF 127.0.0.1 "));
  RedisServer other;
  RedisClient client(other.port());
  client.command({"SET", "mine", "1"});
  EXPECT_EQ(client.command({"REPLICAOF", "127.0.0.1", port}), "OK");
  ASSERT_TRUE(wait_until([&] {
    return read_file(log).find("has everything, up to offset") != std::string::npos;
  })) << read_file(log)
      << other.log();
  EXPECT_EQ(client.command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(digest(client), then.digest);
  EXPECT_EQ(serve.interrupt(), 0) << read_file(log);
}

TEST_F(RestoreMoment, ServedWithAPasswordAndTls) {
  for (int i = 0; i < 50; ++i) redis_.command({"SET", "key" + std::to_string(i), "1"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  Authority authority;
  const KeyPair pair = authority.issue("holdfast"), other_pair = authority.issue("other");
  write_file(dir_.file("password"), "a secret\n");
  const std::string log = dir_.file("serve.log");
  BackgroundProgram serve({stack_.holdfast.program(), "restore", "--journal", stack_.holdfast.journal_dir(),
                           "--serve", "127.0.0.1:0", "--password-file", dir_.file("password"), "--cert",
                           pair.cert, "--key", pair.key, "--client-ca", authority.file()},
                          log);
  ASSERT_TRUE(wait_until([&] { return number_after(read_file(log), "REPLICAOF 127.0.0.1 ") > 0; }))
      << read_file(log);
  const std::string port = std::to_string(number_after(read_file(log), "REPLICAOF 127.0.0.1 "));
  RedisServer other({"--tls-port", std::to_string(free_port()), "--tls-cert-file", other_pair.cert,
                     "--tls-key-file", other_pair.key, "--tls-ca-cert-file", authority.file(),
                     "--tls-replication", "yes"});
  RedisClient client(other.port());
  EXPECT_EQ(client.command({"REPLICAOF", "127.0.0.1", port}), "OK");
  EXPECT_TRUE(wait_until([&] { return read_file(log).find("it shows no password") != std::string::npos; }))
      << read_file(log) << other.log();
  EXPECT_EQ(client.command({"CONFIG", "SET", "masterauth", "wrong"}), "OK");
  EXPECT_TRUE(wait_until([&] { return read_file(log).find("is not the password") != std::string::npos; }))
      << read_file(log) << other.log();
  EXPECT_EQ(client.command({"DBSIZE"}), "0");
  EXPECT_EQ(client.command({"CONFIG", "SET", "masterauth", "a secret"}), "OK");
  ASSERT_TRUE(wait_until([&] { return client.command({"DBSIZE"}) == "50"; }))
      << read_file(log) << other.log();
  EXPECT_EQ(client.command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(serve.interrupt(), 0) << read_file(log);
}

TEST_F(RestoreMoment, WhatCannotBeDoneIsOneSentenceAndLeavesNothing) {
  redis_.command({"SET", "key", std::string(100'000, 'v')});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  const auto fails = [&](std::vector<std::string> arguments, int code, const std::string& words) {
    arguments.insert(arguments.end(), {"--out", out()});
    EXPECT_EQ(restore(arguments), code) << said_;
    EXPECT_THAT(said_, HasSubstr(words));
    EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
    EXPECT_FALSE(std::filesystem::exists(out()));
  };
  fails({"--to", "2001-01-01T00:00:00Z"}, 2, "is before everything that");
  fails({"--to", "2100-01-01T00:00:00Z"}, 2, "is in the future");
  fails({"--to", "2026-01-01T00:00:00"}, 2, "has no time zone");
  fails({"--to", "teatime"}, 2, "is no moment");
  fails({"--to", "99999999999"}, 2, "is beyond the end");
  fails({"--generation", "9"}, 2, "has no generation 9");
  fails({"--keys", "*", "--redis-server", "/nowhere/redis-server"}, 2, "/nowhere/redis-server");
  fails({"--serve", "127.0.0.1:0"}, 2, "not both");
  // An empty variable of a script must not come to mean everything.
  fails({"--before", ""}, 2, "--before: must not be empty");
  fails({"--keys", ""}, 2, "--keys: must not be empty");
  fails({"--generation", "0"}, 2, "they count from 1");

  EXPECT_EQ(restore({"--serve", "127.0.0.1:" + std::to_string(stack_.redis.port())}), 1);
  EXPECT_THAT(said_, HasSubstr("Address already in use"));
  EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
  EXPECT_EQ(restore({"--serve", "nowhere"}), 2);
  EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
  write_file(dir_.file("file"), "mine");
  EXPECT_EQ(restore({"--out", dir_.file("file")}), 2);
  EXPECT_THAT(said_, HasSubstr("is not a directory"));
  EXPECT_EQ(restore({"--out", stack_.holdfast.journal_dir() + "/restored"}), 2);
  EXPECT_THAT(said_, HasSubstr("is inside the journal"));

  // A file may not become larger than this: as on a full disk.
  std::string said;
  EXPECT_EQ(
      run_program({"sh", "-c", "ulimit -f 20; exec \"$0\" restore --journal \"$1\" --out \"$2/deep/er\"",
                   stack_.holdfast.program(), stack_.holdfast.journal_dir(), out()},
                  said),
      1);
  EXPECT_THAT(said, HasSubstr("make room there"));
  EXPECT_THAT(said, Not(HasSubstr("--until-damage"))) << "it is not the journal that is damaged";
  EXPECT_FALSE(std::filesystem::exists(out())) << "and neither does what is above it";

  std::filesystem::create_directory(out());
  write_file(out() + "/mine", "mine");
  EXPECT_EQ(restore({"--out", out()}), 2);
  EXPECT_THAT(said_, HasSubstr("is not empty"));
  for (const auto& [dir, words] : {std::pair(dir_.file("none"), "there is no journal directory"),
                                   std::pair(out(), "is not a journal")}) {
    std::string output;
    EXPECT_EQ(run_program({stack_.holdfast.program(), "restore", "--journal", dir, "--out", dir_.file("new")},
                          output),
              2);
    EXPECT_THAT(output, HasSubstr(words));
  }
}

TEST_F(RestoreMoment, BeforeADamagedBaseThereIsAnEarlierOne) {
  redis_.command({"SET", "first", "1"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  std::string said;
  ASSERT_EQ(run_program(
                {stack_.holdfast.program(), "journal", "compact", "--journal", stack_.holdfast.journal_dir()},
                said),
            0)
      << said;
  redis_.command({"SET", "second", "2"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  const std::string live = digest(redis_);
  stack_.holdfast.stop();
  const std::string base = stack_.holdfast.journal_dir() + "/appendonly.aof.3.base.rdb";
  std::string content = read_file(base);
  ASSERT_NE(content.find("first"), std::string::npos);
  content[content.find("first")] ^= 1;
  write_file(base, content);
  EXPECT_EQ(restored_digest({}), live);
  EXPECT_THAT(said_, HasSubstr("base      appendonly.aof.1.base.rdb"));
  EXPECT_THAT(said_, HasSubstr("note: " + base +
                               ": corrupt: the checksum of the whole file does not match; an earlier "
                               "base was taken"));
}

// A Redis drops what it has when it gets a snapshot: it must not be offered one behind which there is damage.
TEST_F(RestoreMoment, ADamagedJournalIsNotServed) {
  redis_.command({"SET", "first", "1"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  redis_.command({"SET", "second", "2"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  redis_.command({"SET", "third", "3"});
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  stack_.holdfast.stop();
  const std::string segment = stack_.holdfast.journal_dir() + "/appendonly.aof.2.incr.aof";
  std::string content = read_file(segment);
  content[content.find("first")] ^= 1;
  write_file(segment, content);
  EXPECT_EQ(restore({"--serve", "127.0.0.1:0"}), 1) << said_;
  EXPECT_THAT(said_, HasSubstr(segment + ": corrupt at byte "));
  EXPECT_EQ(std::count(said_.begin(), said_.end(), '\n'), 1) << said_;
}

TEST_F(RestoreMoment, BesideAHoldfastThatWritesAllTheTime) {
  Load load(stack_.holdfast.port(), 4, 50);
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(load.wait_acknowledged(static_cast<uint64_t>(round + 1) * 2'000));
    std::string said;
    EXPECT_EQ(run_program({stack_.holdfast.program(), "journal", "verify", "--journal",
                           stack_.holdfast.journal_dir()},
                          said),
              0)
        << said;
    std::filesystem::remove_all(out());
    EXPECT_EQ(restore({"--out", out()}), 0) << said_;
    EXPECT_EQ(run_program({"redis-check-aof", out() + "/appendonlydir/appendonly.aof.manifest"}, said), 0)
        << said;
  }
  load.stop();
  load.join();
  ASSERT_TRUE(wait_journaled(stack_.holdfast, stack_.redis));
  EXPECT_EQ(restored_digest({}), here().digest) << said_;
}

TEST_F(RestoreMoment, FromCopiesThatAreTakenWhileItIsWritten) {
  Load load(stack_.holdfast.port(), 4, 50);
  const std::string copy =
      "mkdir \"$2\" && cp \"$1\"/appendonly.aof.manifest \"$2\"/ && cp -n \"$1\"/appendonly.aof.* \"$2\"/";
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(load.wait_acknowledged(static_cast<uint64_t>(round + 1) * 2'000));
    const std::string dir = dir_.file("copy" + std::to_string(round));
    std::string said;
    ASSERT_EQ(run_program({"sh", "-c", copy, "copy", stack_.holdfast.journal_dir(), dir}, said), 0) << said;
    std::filesystem::remove_all(out());
    EXPECT_EQ(run_program({stack_.holdfast.program(), "restore", "--journal", dir, "--out", out()}, said), 0)
        << said;
    EXPECT_EQ(run_program({"redis-check-aof", out() + "/appendonlydir/appendonly.aof.manifest"}, said), 0)
        << said;
  }
  load.stop();
  load.join();
}

}  // namespace
}  // namespace holdfast::testing
