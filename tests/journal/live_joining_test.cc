// What keeps a journal from joining its upstream, and the one sentence that it says then.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "tests/journal/journal_fixture.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;

// Takes connections and never answers.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() {
    close(client_);
    close(fd_);
  }
  int port() const { return port_; }
  bool wait_for_connection() { return (client_ = accept(fd_, nullptr, nullptr)) >= 0; }

 private:
  int fd_;
  int client_ = -1;
  int port_ = 0;
};

TEST(LiveJoining, OnlyOneProcessPerDirectory) {
  RedisServer redis;
  TempDir dir;
  auto first = std::make_unique<Journal>(upstream_at(redis.port(), dir.file("journal")));
  first->start();
  ASSERT_TRUE(wait_ready(*first));
  Journal second(upstream_at(redis.port(), dir.file("journal")));
  second.start();
  ASSERT_TRUE(wait_reason(second, "is in use by another holdfast (pid " + std::to_string(getpid()) + ")"));
  first.reset();
  EXPECT_TRUE(wait_ready(second)) << "and goes on when it is free";
}

TEST(LiveJoining, NeedsThePasswordThatRedisAsksFor) {
  RedisServer redis({"--requirepass", "secret"});
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  {
    Journal journal(upstream);
    journal.start();
    EXPECT_TRUE(wait_reason(journal, "asks for a password"));
  }
  upstream.password = "wrong";
  {
    Journal journal(upstream);
    journal.start();
    EXPECT_TRUE(wait_reason(journal, "refuses the journal's login (WRONGPASS"));
    EXPECT_EQ(journal.state().reason.find("wrong)"), std::string::npos) << "a password is never shown";
  }
  upstream.password = "secret";
  Journal journal(upstream);
  journal.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJoining, SaysWhichRightsItsUserLacks) {
  RedisServer redis;
  RedisClient client(redis.port());
  client.command({"ACL", "SETUSER", "journal", "on", ">pw", "+info", "+replconf"});
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.user = "journal";
  upstream.password = "pw";
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_reason(journal, "ACL SETUSER journal +psync +replconf +info"));
  EXPECT_NE(journal.state().reason.find("does not let the journal run PSYNC"), std::string::npos);
  client.command({"ACL", "SETUSER", "journal", "+psync"});
  EXPECT_TRUE(wait_ready(journal)) << "as soon as it is granted";
}

TEST(LiveJoining, SaysThatPsyncIsRenamedAway) {
  RedisServer redis({"--rename-command", "PSYNC", ""});
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  EXPECT_TRUE(wait_reason(journal, "does not let the journal run PSYNC"));
}

TEST(LiveJoining, WaitsForAnUpstreamThatIsDown) {
  RedisServer redis;
  redis.stop();
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(
      wait_reason(journal, "cannot reach the upstream redis://127.0.0.1:" + std::to_string(redis.port()) +
                               ": connection refused; start it, or correct upstream.main.url"));
  EXPECT_EQ(journal.watermark().history, 0u);
  redis.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJoining, RefusesToFollowAReplica) {
  RedisServer primary;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  TempDir dir;
  Journal journal(upstream_at(replica.port(), dir.file("journal")));
  journal.start();
  EXPECT_TRUE(wait_reason(journal, "is a replica (it follows"));
}

TEST(LiveJoining, ReachesRedisThroughAUnixSocket) {
  TempDir dir;
  RedisServer redis({"--unixsocket", dir.file("redis.sock")});
  config::Upstream upstream = upstream_at(0, dir.file("journal"));
  upstream.endpoint.value = Endpoint{Endpoint::Kind::kUnix, "", 0, dir.file("redis.sock")};
  Journal journal(upstream);
  journal.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJoining, StopsAtOnceWhereverItWaits) {
  TempDir dir;
  SilentServer silent;
  config::Upstream upstream = upstream_at(silent.port(), dir.file("journal"));
  upstream.connect_timeout_ms = 3'600'000;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(silent.wait_for_connection());
  journal.stop();  // the test's own timeout is the assertion
  SUCCEED();
}

}  // namespace
}  // namespace holdfast::journal
