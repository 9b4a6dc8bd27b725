// A disk that is really full: a small tmpfs in a mount namespace of the test's own. Needs root.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

constexpr size_t kBallastBytes = 4u << 20;

class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // The mount is seen by nobody else and goes with this process.
    const bool own =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!own || mount("tmpfs", disk_.path().c_str(), "tmpfs", 0, "size=10m") != 0)
      GTEST_SKIP() << "a tmpfs cannot be mounted here (not root?), so a full disk is not tried";
    mounted_ = true;
    testing::write_file(ballast(), std::string(kBallastBytes, 'b'));
  }
  void TearDown() override {
    if (mounted_) umount2(disk_.path().c_str(), MNT_DETACH);
  }

  std::string ballast() const { return disk_.file("ballast"); }
  std::string path() const { return disk_.file("journal"); }

  TempDir disk_;
  bool mounted_ = false;
};

TEST_F(FullDiskTest, StopsAcknowledgingKeepsWhatIsThereAndRecoversByItself) {
  RedisServer redis;
  RedisClient client(redis.port());
  config::Upstream upstream = upstream_at(redis.port(), path());
  upstream.journal.segment_size_bytes = 1u << 20;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  const std::string value(100'000, 'v');
  const bool full = wait_until([&] {
    client.command({"RPUSH", "list", value});
    return !journal.state().ready;
  });
  ASSERT_TRUE(full);
  ASSERT_TRUE(wait_reason(journal, "No space left on device"));
  const uint64_t durable = journal.watermark().durable_offset;
  EXPECT_FALSE(journal.watermark().accepting);
  for (int i = 0; i < 10; ++i) client.command({"INCR", "while-full"});
  EXPECT_EQ(journal.watermark().durable_offset, durable) << "nothing is acknowledged";
  {
    TempDir copy;
    std::filesystem::copy(path(), copy.file("copy"));
    EXPECT_EQ(complaints_of_check_aof(copy.file("copy")), "");
    EXPECT_NE(digest_of_files(copy.path(), "copy"), "");
  }
  std::filesystem::remove(ballast());
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u) << "the stream went on where it had stopped";
  EXPECT_EQ(digest_of_restore(path()), digest(client));
}

// There is no room for a second base: the first one stays what it is.
TEST_F(FullDiskTest, ACompactionThatDoesNotFitChangesNothing) {
  RedisServer redis;
  RedisClient client(redis.port());
  config::Upstream upstream = upstream_at(redis.port(), path());
  upstream.journal.compact_min_bytes = 1u << 20;
  upstream.journal.compact_factor = 1;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  client.command({"CONFIG", "SET", "rdbcompression", "no"});
  // Most of what is left, with something that does not become smaller.
  ASSERT_EQ(
      client.command({"EVAL",
                      "local s = {} for i = 1, 40 do local t = {} for j = 1, 10000 do t[j] = "
                      "string.char(math.random(0, 255)) end s[i] = table.concat(t) end "
                      "for i = 1, 10 do redis.call('SET', 'key' .. i, table.concat(s) .. i) end return 1",
                      "0"}),
      "1");
  ASSERT_TRUE(wait_caught_up(journal, client));
  ASSERT_TRUE(wait_until([&] { return journal.stats().compaction_failures.get() > 0; }));
  EXPECT_EQ(journal.stats().compactions.get(), 0u);
  for (const auto& entry : std::filesystem::directory_iterator(path()))
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " is left";
  client.command({"SET", "after", "it"});
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(path()), digest(client));
}

}  // namespace
}  // namespace holdfast::journal
