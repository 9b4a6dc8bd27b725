// What real servers answer to ROLE.

#include <gtest/gtest.h>

#include "proxy/role_reply.h"
#include "tests/proxy/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/wait_until.h"

namespace holdfast::proxy {
namespace {

using testing::RawConnection;
using testing::RedisServer;

constexpr std::string_view kName = "holdfast-1";

RoleReply role_of(RawConnection& connection) {
  RoleReply role;
  const std::string reply = connection.ask("ROLE\r\n");
  EXPECT_TRUE(parse_role_reply(reply, kName, role)) << reply;
  return role;
}

// Attaches a connection as a replica that announces `name`, and waits until the server counts it.
void attach(RawConnection& replica, RawConnection& client, const std::string& name, size_t replicas) {
  EXPECT_EQ(replica.ask("REPLCONF ip-address " + name + "\r\n"), "+OK\r\n");
  replica.send("PSYNC ? -1\r\n");
  const std::string online = "slave" + std::to_string(replicas - 1) + ":";
  EXPECT_TRUE(testing::wait_until([&] {
    const std::string info = client.ask("INFO replication\r\n");
    const size_t at = info.find(online);
    return at != std::string::npos && info.find("state=online", at) != std::string::npos;
  }));
}

TEST(RoleReplyServer, AMasterWithoutReplicas) {
  const RedisServer redis;
  RawConnection client(redis.port());
  const RoleReply role = role_of(client);
  EXPECT_TRUE(role.is_master);
  EXPECT_FALSE(role.lists_journal);
}

TEST(RoleReplyServer, AMasterListsTheReplicaUnderItsName) {
  const RedisServer redis;
  RawConnection client(redis.port());
  RawConnection other(redis.port());
  attach(other, client, "another", 1);
  EXPECT_FALSE(role_of(client).lists_journal);

  RawConnection journal(redis.port());
  attach(journal, client, std::string(kName), 2);
  const RoleReply before = role_of(client);
  EXPECT_TRUE(before.is_master);
  EXPECT_TRUE(before.lists_journal);

  // The offset counts the write, in the same connection's order.
  EXPECT_EQ(client.ask("SET k v\r\n"), "+OK\r\n");
  EXPECT_GT(role_of(client).offset, before.offset);
}

TEST(RoleReplyServer, TheJournalIsGoneWhenItsConnectionIs) {
  const RedisServer redis;
  RawConnection client(redis.port());
  {
    RawConnection journal(redis.port());
    attach(journal, client, std::string(kName), 1);
    EXPECT_TRUE(role_of(client).lists_journal);
  }
  EXPECT_TRUE(testing::wait_until([&] { return !role_of(client).lists_journal; }));
}

TEST(RoleReplyServer, AReplicaIsNotAMaster) {
  const RedisServer primary;
  const RedisServer redis({"--replicaof", "127.0.0.1", std::to_string(primary.port())});
  RawConnection client(redis.port());
  EXPECT_FALSE(role_of(client).is_master);
}

}  // namespace
}  // namespace holdfast::proxy
