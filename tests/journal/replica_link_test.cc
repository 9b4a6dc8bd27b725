// The replica link to the letter, with a primary that says what a real one says only now and then.
#include "journal/replica_link.h"

#include <gtest/gtest.h>

#include "journal/restore.h"
#include "tests/journal/journal_fixture.h"
#include "tests/journal/scripted_master.h"
#include "tests/journal/store_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::TempDir;
using testing::wait_until;

const std::string kOtherReplid(40, 'b');
const std::string kMarker = "0123456789012345678901234567890123456789";

class ReplicaLinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    master_.replid = kTestReplid;
    master_.offset = kTestBaseOffset;
    journal_ = std::make_unique<Journal>(upstream_at(master_.port(), dir_.file("journal")));
    journal_->start();
  }

  // The first sync, up to where the stream may flow.
  void sync() {
    EXPECT_EQ(master_.accept_until_psync(), (std::vector<std::string>{"?", "-1"}));
    master_.send("+FULLRESYNC " + kTestReplid + " 1000\r\n$" + std::to_string(kTestBase.size()) + "\r\n" +
                 kTestBase);
    ASSERT_TRUE(master_.wait_acknowledged(kTestBaseOffset));
    ASSERT_TRUE(wait_ready(*journal_));
  }

  void stream(const std::string& bytes) {
    master_.send(bytes);
    master_.offset += bytes.size();
  }

  ScriptedMaster master_;
  TempDir dir_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(ReplicaLinkTest, ADisklessSyncInPiecesWithNewlinesBetween) {
  EXPECT_EQ(master_.accept_until_psync(), (std::vector<std::string>{"?", "-1"}));
  const std::vector<std::string> announced = {
      "REPLCONF", "listening-port", "0", "ip-address", "holdfast-journal", "capa", "eof", "capa", "psync2"};
  EXPECT_EQ(master_.before_psync().back(), announced);

  master_.send("\n\n");
  master_.send_slowly("+FULLRESYNC " + kTestReplid + " 1000\r\n");
  master_.send("\n");
  master_.send_slowly("\n$EOF:" + kMarker + "\r\n");
  // What looks like the marker's beginning, the marker in pieces, and the stream right behind it is
  // impossible before an acknowledgement; Redis sends nothing.
  master_.send(kTestBase + kMarker.substr(0, 15));
  master_.send_slowly(kMarker);
  // The first acknowledgements may come too early for Redis, so they are repeated until the stream flows.
  for (int i = 0; i < 3; ++i) {
    const auto command = master_.read_command();
    ASSERT_EQ(command, (std::vector<std::string>{"REPLCONF", "ACK", "1000"}));
  }
  const std::string bytes = command_bytes({"SELECT", "0"}) + command_bytes({"SET", "k", "v"});
  master_.send_slowly(bytes);
  EXPECT_TRUE(master_.wait_acknowledged(1000 + bytes.size()));
  EXPECT_EQ(stream_in(dir_.file("journal")), bytes);
  const auto manifest = read_manifest(dir_.file("journal") + "/appendonly.aof.manifest").value().value();
  EXPECT_EQ(testing::read_file(dir_.file("journal") + "/" + base_name(manifest.base.sequence)),
            kTestBase + kMarker.substr(0, 15));
}

TEST_F(ReplicaLinkTest, OnlyWholeCommandsAreAcknowledgedAndGetackIsAnswered) {
  sync();
  const std::string whole = command_bytes({"SET", "k", "v"});
  const std::string half = whole.substr(0, whole.size() / 2);
  stream(whole);
  ASSERT_TRUE(master_.wait_acknowledged(master_.offset));
  master_.send(half);
  // The next one, which comes at least once a second, says nothing of it.
  EXPECT_EQ(master_.read_command().at(2), std::to_string(master_.offset));
  const std::string rest = whole.substr(half.size()) + command_bytes({"MULTI"}) + whole;
  master_.send(rest);
  ASSERT_TRUE(master_.wait_acknowledged(master_.offset + whole.size()))
      << "a transaction counts when it is whole";
  const std::string end = command_bytes({"EXEC"}) + command_bytes({"REPLCONF", "GETACK", "*"});
  master_.send(end);
  master_.offset += half.size() + rest.size() + end.size();
  EXPECT_TRUE(master_.wait_acknowledged(master_.offset));
}

TEST_F(ReplicaLinkTest, AnotherIdIsTakenOverAndAskedForAfterwards) {
  sync();
  stream(command_bytes({"SET", "k", "1"}));
  ASSERT_TRUE(master_.wait_acknowledged(master_.offset));
  // A failover: what was promoted goes on under an id of its own.
  master_.replid2 = kTestReplid;
  master_.second_offset = static_cast<int64_t>(master_.offset) + 1;
  master_.replid = kOtherReplid;
  EXPECT_EQ(master_.accept_until_psync(),
            (std::vector<std::string>{kTestReplid, std::to_string(master_.offset + 1)}));
  master_.send("+CONTINUE " + kOtherReplid + "\r\n");
  stream(command_bytes({"SET", "k", "2"}));
  ASSERT_TRUE(master_.wait_acknowledged(master_.offset));
  EXPECT_EQ(journal_->watermark().history, 2u) << "links show their id again";
  // And again after a restart of the journal.
  journal_->stop();
  journal_ = std::make_unique<Journal>(upstream_at(master_.port(), dir_.file("journal")));
  journal_->start();
  EXPECT_EQ(master_.accept_until_psync(),
            (std::vector<std::string>{kOtherReplid, std::to_string(master_.offset + 1)}));
  master_.send("+CONTINUE\r\n");
  EXPECT_TRUE(master_.wait_acknowledged(master_.offset));
}

// A Redis whose output buffer for replicas overflows sends a snapshot and then hangs up, again and again.
TEST_F(ReplicaLinkTest, FullResyncsThatFollowEachOtherAreNamedAndSlowedDown) {
  sync();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(master_.accept_until_psync().at(0), kTestReplid);
    master_.offset += 1000;
    master_.send("+FULLRESYNC " + kTestReplid + " " + std::to_string(master_.offset) + "\r\n$" +
                 std::to_string(kTestBase.size()) + "\r\n" + kTestBase);
    ASSERT_TRUE(master_.wait_acknowledged(master_.offset));
    master_.hang_up();
    ASSERT_TRUE(wait_reason(*journal_, "raise client-output-buffer-limit replica and repl-backlog-size"));
  }
  EXPECT_EQ(journal_->stats().full_resyncs.get(), 3u);
}

TEST_F(ReplicaLinkTest, AnErrorInThePlaceOfASnapshotIsSaid) {
  master_.accept_until_psync();
  master_.send("+FULLRESYNC " + kTestReplid + " 1000\r\n-ERR BGSAVE failed, replication can't continue\r\n");
  EXPECT_TRUE(wait_reason(*journal_, "could not make a snapshot: ERR BGSAVE failed"));
}

}  // namespace
}  // namespace holdfast::journal
