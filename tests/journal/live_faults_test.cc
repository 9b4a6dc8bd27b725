// A disk that fails under a running journal: writes are refused while it does, and nothing is lost.
#include <gtest/gtest.h>

#include "tests/journal/faulty_files.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

TEST(LiveFaults, AFullDiskStopsTheJournalAndRoomStartsItAgain) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  FaultyFiles files;
  Journal journal(upstream_at(redis.port(), dir.file("journal")), files);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  for (int round = 0; round < 3; ++round) {
    set_keys(client, 0, 100);
    client.command({"INCR", "counter"});
    ASSERT_TRUE(wait_caught_up(journal, client));
    const uint64_t durable = journal.watermark().durable_offset;
    files.fail_from_now_on();
    client.command({"INCR", "counter"});
    ASSERT_TRUE(wait_reason(journal, "cannot be written, so writes are refused until it can"));
    EXPECT_FALSE(journal.watermark().accepting);
    EXPECT_EQ(journal.watermark().durable_offset, durable);
    EXPECT_NE(journal.state().reason.find("No space left on device"), std::string::npos)
        << journal.state().reason;
    client.command({"INCR", "counter"});
    files.heal();
    ASSERT_TRUE(wait_ready(journal));
    client.command({"INCR", "counter"});
    ASSERT_TRUE(wait_caught_up(journal, client));
    EXPECT_EQ(journal.stats().full_resyncs.get(), 1u) << "by partial resync";
    EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
    EXPECT_EQ(digest_of_files(dir.path(), "journal"), digest(client));
  }
}

TEST(LiveFaults, OperationsThatFailNowAndThen) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  FaultyFiles files;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.segment_size_bytes = 5'000;
  Journal journal(upstream, files);
  journal.start();
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(wait_ready(journal));
    const uint64_t at = files.operations() + 3 + 9 * static_cast<uint64_t>(round);
    files.fail_at(at, false);
    for (int i = 0; i < 100'000 && files.operations() < at; ++i)
      client.command({"RPUSH", "list", std::to_string(i)});
  }
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveFaults, ADirectoryThatCannotBeWrittenIsNamed) {
  RedisServer redis;
  TempDir dir;
  testing::write_file(dir.file("journal"), "a file in the way");
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_reason(journal, "cannot create the journal directory " + dir.file("journal")));
}

TEST(LiveFaults, ADamagedJournalIsReportedAndNotTouched) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  {
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    for (int i = 0; i < 10; ++i) {
      client.command({"SET", "key", std::to_string(i)});
      ASSERT_TRUE(wait_caught_up(journal, client));
    }
  }
  const std::string segment = dir.file("journal/appendonly.aof.2.incr.aof");
  std::string content = testing::read_file(segment);
  content[content.size() / 2] ^= 1;
  testing::write_file(segment, content);
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_reason(journal, segment + ": corrupt at byte "));
  EXPECT_EQ(testing::read_file(segment), content);
  journal.stop();
}

}  // namespace
}  // namespace holdfast::journal
