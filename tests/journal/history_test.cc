#include "journal/history.h"

#include <gtest/gtest.h>

#include "journal/publication.h"

namespace holdfast::journal {
namespace {

const std::string kOurs(40, 'a');
const std::string kOther(40, 'b');
const std::string kNone(40, '0');

ReplicationInfo server(const std::string& replid, int64_t offset, const std::string& replid2 = kNone,
                       int64_t second = -1) {
  ReplicationInfo info;
  info.role = "master";
  info.replid = replid;
  info.replid2 = replid2;
  info.second_repl_offset = second;
  info.repl_offset = offset;
  return info;
}

TEST(History, ReadsInfoReplication) {
  auto info =
      parse_replication_info("# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:" + kOurs +
                             "\r\nmaster_replid2:" + kOther +
                             "\r\nmaster_repl_offset:1234\r\nsecond_repl_offset:1000\r\nnot a field\r\n");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info.value().role, "master");
  EXPECT_EQ(info.value().replid, kOurs);
  EXPECT_EQ(info.value().replid2, kOther);
  EXPECT_EQ(info.value().repl_offset, 1234);
  EXPECT_EQ(info.value().second_repl_offset, 1000);
}

TEST(History, RefusesInfoWithoutAnId) {
  for (const std::string& text :
       {std::string(), std::string("role:master\r\n"), "master_replid:" + kOurs.substr(1),
        "master_replid:" + kOurs + "\r\nmaster_repl_offset:x\r\n"})
    EXPECT_FALSE(parse_replication_info(text).ok()) << text;
}

TEST(History, Belongs) {
  const Position position{kOurs, 100};
  EXPECT_EQ(membership_of(server(kOther, 5), std::nullopt), Membership::kNoHistory);
  EXPECT_EQ(membership_of(server(kOurs, 100), position), Membership::kBelongs);
  EXPECT_EQ(membership_of(server(kOurs, 99), position), Membership::kForeign) << "cut short";
  EXPECT_EQ(membership_of(server(kOther, 1000), position), Membership::kForeign);
  // The first offset that replid2 does not cover must lie above ours: that of PSYNC is ours + 1.
  EXPECT_EQ(membership_of(server(kOther, 1000, kOurs, 101), position), Membership::kBelongs);
  EXPECT_EQ(membership_of(server(kOther, 1000, kOurs, 100), position), Membership::kForeign);
  EXPECT_EQ(membership_of(server(kOther, 1000, kOurs, -1), position), Membership::kForeign);
}

// A link's handshake and the journal's progress race: what became durable after the handshake says nothing
// against the server.
TEST(History, AHandshakeMayBeOlderThanTheLastSync) {
  Publication publication;
  publication.directory_read();
  publication.adopt({kOurs, 100}, true);
  publication.accept();
  const ReplicationInfo handshake = server(kOurs, 150);
  publication.advance(200);
  EXPECT_EQ(publication.check_membership(handshake).membership, Membership::kBelongs);
  EXPECT_EQ(publication.check_membership(handshake).history, 1u);
  publication.refuse("detached");
  EXPECT_EQ(publication.check_membership(handshake).membership, Membership::kForeign)
      << "200 is durable by now";
}

TEST(History, ANewIdIsANewNumber) {
  Publication publication;
  EXPECT_EQ(publication.check_membership(server(kOurs, 1)).membership, Membership::kNotReadYet);
  publication.directory_read();
  EXPECT_EQ(publication.check_membership(server(kOurs, 1)).membership, Membership::kNoHistory);
  publication.adopt({kOurs, 100}, true);
  publication.accept();
  publication.adopt({kOther, 100}, true);
  EXPECT_FALSE(publication.watermark().accepting);
  EXPECT_EQ(publication.watermark().history, 2u);
  EXPECT_EQ(publication.check_membership(server(kOurs, 100)).membership, Membership::kForeign);
}

TEST(History, ReadsTheReplicasThatAreAttached) {
  auto info = parse_replication_info(
      "# Replication\r\nrole:master\r\nconnected_slaves:3\r\n"
      "slave0:ip=far,port=0,state=online,offset=1234,lag=0\r\n"
      "slave1:ip=10.0.0.7,port=6379,state=send_bulk,offset=0,lag=0\r\n"
      "slave2:ip=::1,port=6379,state=wait_bgsave,offset=0,lag=0,type=main-channel\r\n"
      "master_replid:" +
      std::string(40, 'a') + "\r\nslave_priority:100\r\nrepl_backlog_size:1048576\r\n");
  ASSERT_TRUE(info.ok());
  ASSERT_EQ(info.value().replicas.size(), 3u);
  EXPECT_EQ(info.value().replicas[0].name, "far");
  EXPECT_TRUE(info.value().replicas[0].online);
  EXPECT_EQ(info.value().replicas[0].acknowledged, 1234u);
  EXPECT_FALSE(info.value().replicas[1].online);
  EXPECT_EQ(info.value().replicas[2].name, "::1");
  EXPECT_EQ(info.value().backlog_size, 1048576u);
}

}  // namespace
}  // namespace holdfast::journal
