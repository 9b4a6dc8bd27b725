// What a sidecar without a journal of its own believes, and when.
#include "journal/remote_journal.h"

#include <gtest/gtest.h>

namespace holdfast::journal {
namespace {

const std::string kId(40, 'a');
const std::string kOtherId(40, 'b');

ReplicationInfo server(const std::string& replid, int64_t offset, std::vector<ReplicaInfo> replicas) {
  ReplicationInfo info;
  info.role = "master";
  info.replid = replid;
  info.replid2 = std::string(40, '0');
  info.repl_offset = offset;
  info.replicas = std::move(replicas);
  return info;
}

class RemoteJournalTest : public ::testing::Test {
 protected:
  static config::Upstream upstream() {
    config::Upstream upstream;
    upstream.name = "main";
    upstream.journal.via = "far";
    upstream.journal.name = "far";
    return upstream;
  }

  bool accepting() const { return publication_.watermark().accepting; }
  uint64_t durable() const { return publication_.watermark().durable_offset; }
  uint64_t history() const { return publication_.watermark().history; }

  const config::Upstream upstream_ = upstream();
  Publication publication_;
  RemoteJournal journal_{upstream_, publication_};
};

TEST_F(RemoteJournalTest, BelievesOnlyAServerThatListsItOnlineAndAcknowledging) {
  const std::vector<std::vector<ReplicaInfo>> nobody = {
      {}, {{"another", true, 100}}, {{"far", false, 100}}, {{"far", true, 0}}, {{"farther", true, 5}}};
  for (const auto& replicas : nobody) {
    EXPECT_EQ(journal_.check_membership(server(kId, 100, replicas)).membership, Membership::kNotReadYet);
    EXPECT_FALSE(accepting());
    EXPECT_NE(publication_.state().reason.find("the journal 'far' (via) is not attached"), std::string::npos);
  }
  ReplicationInfo replica = server(kId, 100, {{"far", true, 90}});
  replica.role = "slave";
  EXPECT_EQ(journal_.check_membership(replica).membership, Membership::kNotReadYet);

  const auto answer =
      journal_.check_membership(server(kId, 100, {{"10.0.0.1", true, 99}, {"far", true, 90}}));
  EXPECT_EQ(answer.membership, Membership::kBelongs);
  EXPECT_EQ(answer.history, 1u);
  EXPECT_TRUE(accepting());
  EXPECT_EQ(durable(), 90u);
}

// Redis says 0 of a replica that has acknowledged nothing, and of one that has acknowledged all of nothing.
TEST_F(RemoteJournalTest, ANewRedisHasNothingToAcknowledge) {
  EXPECT_EQ(journal_.check_membership(server(kId, 0, {{"far", true, 0}})).membership, Membership::kBelongs);
  EXPECT_TRUE(accepting());
  EXPECT_EQ(durable(), 0u);
}

TEST_F(RemoteJournalTest, AcknowledgementsMoveOnlyForwardAndOnlyOfThisHistory) {
  (void)journal_.check_membership(server(kId, 100, {{"far", true, 90}}));
  journal_.report(1, 150);
  EXPECT_EQ(durable(), 150u);
  journal_.report(1, 140);
  EXPECT_EQ(durable(), 150u) << "an answer that was overtaken";
  journal_.report(0, 900);
  journal_.report(2, 900);
  EXPECT_EQ(durable(), 150u);
}

TEST_F(RemoteJournalTest, WhileItIsGoneTheSameHistoryIsStillBelieved) {
  (void)journal_.check_membership(server(kId, 100, {{"far", true, 90}}));
  journal_.report(1, 0);
  EXPECT_FALSE(accepting());
  EXPECT_EQ(journal_.check_membership(server(kId, 120, {})).membership, Membership::kBelongs);
  EXPECT_FALSE(accepting());
  EXPECT_EQ(journal_.check_membership(server(kId, 80, {})).membership, Membership::kNotReadYet)
      << "it has less than was acknowledged";
  EXPECT_EQ(journal_.check_membership(server(kOtherId, 0, {})).membership, Membership::kNotReadYet)
      << "empty";
  journal_.report(1, 130);
  EXPECT_TRUE(accepting());
}

TEST_F(RemoteJournalTest, AnotherHistoryThatItVouchesForReplacesTheFirst) {
  (void)journal_.check_membership(server(kId, 100, {{"far", true, 90}}));
  const auto answer = journal_.check_membership(server(kOtherId, 10, {{"far", true, 10}}));
  EXPECT_EQ(answer.membership, Membership::kBelongs);
  EXPECT_EQ(answer.history, 2u);
  EXPECT_EQ(durable(), 10u);
  EXPECT_EQ(journal_.check_membership(server(kId, 200, {})).membership, Membership::kNotReadYet);
  journal_.report(1, 500);
  EXPECT_EQ(durable(), 10u);
}

}  // namespace
}  // namespace holdfast::journal
