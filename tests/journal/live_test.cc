// A journal at a real redis-server: joining, following, leaving and coming back, without a byte skipped or
// written twice.
#include <gtest/gtest.h>

#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

// Every type, several databases, scripts, transactions, expiries, random choices.
void write_of_everything(RedisClient& client, int round) {
  const std::string n = std::to_string(round);
  client.command({"SELECT", std::to_string(round % 5)});
  client.command({"SET", "string:" + n, std::string(1000, 'x')});
  client.command({"SET", "expiring:" + n, "v", "EX", "1000"});
  client.command({"RPUSH", "list", n, n, n});
  client.command({"SADD", "set", "a" + n, "b" + n});
  client.command({"SPOP", "set"});
  client.command({"ZADD", "zset", n, "member" + n});
  client.command({"HSET", "hash:" + n, "f", "v", "g", "w"});
  client.command({"XADD", "stream", "*", "field", n});
  client.command({"INCRBYFLOAT", "float", "0.1"});
  client.command({"MULTI"});
  client.command({"INCR", "counter"});
  client.command({"SELECT", std::to_string((round + 1) % 5)});
  client.command({"INCR", "counter"});
  client.command({"EXEC"});
  client.command({"EVAL", "for i=1,3 do redis.call('APPEND', KEYS[1], i) end", "1", "script"});
  client.command({"PUBLISH", "channel", "message"});
}

TEST(LiveJournal, TakesASnapshotAndFollows) {
  RedisServer redis;
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.watermark().history, 1u);
  for (int round = 0; round < 50; ++round) write_of_everything(client, round);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  journal.stop();
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, TakesASnapshotFromDiskAsWell) {
  RedisServer redis({"--repl-diskless-sync", "no"});
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  set_keys(client, 500, 1500);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

}  // namespace
}  // namespace holdfast::journal
