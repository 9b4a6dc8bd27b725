// The handshake against real servers.

#include <gtest/gtest.h>

#include "proxy/link_handshake.h"
#include "tests/proxy/raw_connection.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace holdfast::proxy {
namespace {

using testing::RedisClient;
using testing::RedisServer;

config::Upstream upstream(const std::string& user = "", const std::string& password = "") {
  config::Upstream upstream;
  upstream.name = "orders";
  upstream.user = user;
  upstream.password = password;
  return upstream;
}

Status shake(LinkHandshake& handshake, testing::RawConnection& connection) {
  connection.send(handshake.requests());
  for (int i = 0; i < handshake.replies(); ++i) {
    Status status = handshake.take_reply(connection.next_reply());
    if (!status.ok()) return status;
  }
  EXPECT_TRUE(handshake.done());
  return {};
}

void expect_ok(const RedisServer& redis, const config::Upstream& upstream, LinkKey key = {}) {
  testing::RawConnection connection(redis.port());
  LinkHandshake handshake(upstream, key);
  const Status status = shake(handshake, connection);
  ASSERT_TRUE(status.ok()) << status.error().message();
}

void expect_refused(const RedisServer& redis, const config::Upstream& upstream, const std::string& part,
                    LinkKey key = {}) {
  testing::RawConnection connection(redis.port());
  LinkHandshake handshake(upstream, key);
  const Status status = shake(handshake, connection);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kRefused);
  EXPECT_NE(status.error().message().find(part), std::string::npos) << status.error().message();
}

TEST(LinkHandshakeServer, LearnsWhatTheServerSays) {
  const RedisServer redis;
  RedisClient client(redis.port());
  for (const int protocol : {2, 3}) {
    const config::Upstream plain = upstream();
    testing::RawConnection connection(redis.port());
    LinkHandshake handshake(plain, {3, protocol});
    const Status status = shake(handshake, connection);
    ASSERT_TRUE(status.ok()) << status.error().message();
    EXPECT_EQ(handshake.facts().version, client.info("server", "redis_version"));
    EXPECT_EQ(handshake.facts().mode, "standalone");
    EXPECT_EQ(handshake.facts().replication.role, "master");
    EXPECT_EQ(handshake.facts().replication.replid, client.info("replication", "master_replid"));
    // The connection is what it shall be.
    const std::string about = connection.ask("CLIENT INFO\r\n");
    EXPECT_NE(about.find(" name=holdfast "), std::string::npos) << about;
    EXPECT_NE(about.find(" db=3 "), std::string::npos) << about;
    EXPECT_EQ(connection.ask("GET nothing\r\n"), protocol == 3 ? "_\r\n" : "$-1\r\n");
  }
}

TEST(LinkHandshakeServer, Passwords) {
  const RedisServer redis({"--requirepass", "secret"});
  expect_ok(redis, upstream("", "secret"));
  expect_ok(redis, upstream("default", "secret"), {1, 3});
  expect_refused(redis, upstream("", "wrong"),
                 "refuses the login; check upstream.orders.url and password_file");
  expect_refused(redis, upstream("nobody", "secret"), "refuses the login");
  expect_refused(redis, upstream(), "wants a password; set it in upstream.orders.url or password_file");
}

TEST(LinkHandshakeServer, APasswordThatNobodyAskedForIsRefused) {
  const RedisServer redis;
  expect_refused(redis, upstream("", "secret"), "refuses the login");
}

TEST(LinkHandshakeServer, AUserOfItsOwn) {
  const RedisServer redis;
  RedisClient client(redis.port());
  ASSERT_EQ(client.command({"ACL", "SETUSER", "proxy", "on", ">pw", "allkeys", "+@all"}), "OK");
  ASSERT_EQ(client.command({"ACL", "SETUSER", "poor", "on", ">pw", "allkeys", "+@all", "-info"}), "OK");
  ASSERT_EQ(
      client.command({"ACL", "SETUSER", "nameless", "on", ">pw", "allkeys", "+@all", "-client|setname"}),
      "OK");
  expect_ok(redis, upstream("proxy", "pw"));
  expect_ok(redis, upstream("nameless", "pw"));
  expect_refused(redis, upstream("poor", "pw"), "INFO replication was answered with 'NOPERM");
}

TEST(LinkHandshakeServer, ADatabaseThatDoesNotExist) {
  const RedisServer redis({"--databases", "4"});
  expect_ok(redis, upstream(), {3, 2});
  const config::Upstream plain = upstream();
  for (const int protocol : {2, 3}) {
    testing::RawConnection connection(redis.port());
    LinkHandshake handshake(plain, {4, protocol});
    const Status status = shake(handshake, connection);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message(), "ERR DB index is out of range");
    EXPECT_TRUE(handshake.database_refused());
  }
}

TEST(LinkHandshakeServer, AProtocolThatDoesNotExist) {
  const RedisServer redis;
  expect_refused(redis, upstream(), "HELLO 4 was answered with 'NOPROTO", {0, 4});
}

}  // namespace
}  // namespace holdfast::proxy
