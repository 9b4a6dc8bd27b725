// Ports: free, shared, taken; and the sentence that a person reads when one cannot be had.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/standby_place.h"
#include "tests/net/probes.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::net {
namespace {

using holdfast::testing::TcpSocket;
using ::testing::AllOf;
using ::testing::HasSubstr;

Endpoint tcp(std::string host, uint16_t port) {
  return {Endpoint::Kind::kTcp, std::move(host), port, ""};
}

// Somebody else's listening socket on 127.0.0.1.
class OtherListener {
 public:
  explicit OtherListener(bool reuse_port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (reuse_port) ::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~OtherListener() { ::close(fd_); }

  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST(ListenSocket, PortZeroBecomesAPort) {
  const auto sockets = ListenSocket::open(tcp("127.0.0.1", 0), 1);
  ASSERT_TRUE(sockets.ok()) << sockets.error().message();
  ASSERT_EQ(sockets.value().size(), 1u);
  EXPECT_NE(sockets.value()[0].endpoint().port, 0);
}

TEST(ListenSocket, SeveralSocketsShareAPort) {
  const auto sockets = ListenSocket::open(tcp("127.0.0.1", 0), 3);
  ASSERT_TRUE(sockets.ok()) << sockets.error().message();
  ASSERT_EQ(sockets.value().size(), 3u);
  for (const ListenSocket& socket : sockets.value())
    EXPECT_EQ(socket.endpoint(), sockets.value()[0].endpoint());
}

TEST(ListenSocket, APortCanBeHadAgainAtOnce) {
  uint16_t port = 0;
  {
    const auto first = ListenSocket::open(tcp("127.0.0.1", 0), 2);
    ASSERT_TRUE(first.ok()) << first.error().message();
    port = first.value()[0].endpoint().port;
  }
  const auto second = ListenSocket::open(tcp("127.0.0.1", port), 2);
  EXPECT_TRUE(second.ok()) << second.error().message();
}

TEST(ListenSocket, APortOfAnotherListenerIsAnError) {
  for (const bool reuse_port : {false, true}) {
    const OtherListener other(reuse_port);
    for (const int count : {1, 2}) {
      const auto sockets = ListenSocket::open(tcp("127.0.0.1", other.port()), count);
      ASSERT_FALSE(sockets.ok()) << "SO_REUSEPORT of the other: " << reuse_port << ", sockets: " << count;
      EXPECT_EQ(sockets.error().message(), "cannot listen on 127.0.0.1:" + std::to_string(other.port()) +
                                               ": another process has this port; stop it or choose another "
                                               "address");
    }
  }
}

TEST(ListenSocket, ForATakeoverAPortCanBeSharedWithWhoeverSharesIt) {
  const OtherListener sharing(true);
  const auto shared =
      ListenSocket::open(tcp("127.0.0.1", sharing.port()), 1, ListenSocket::Sharing::kTakeover);
  ASSERT_TRUE(shared.ok()) << shared.error().message();
  EXPECT_TRUE(shared.value()[0].is_standby());
  const OtherListener alone(false);
  EXPECT_FALSE(ListenSocket::open(tcp("127.0.0.1", alone.port()), 1, ListenSocket::Sharing::kTakeover).ok());
  // A part of its address is no way to share it.
  EXPECT_FALSE(ListenSocket::open(tcp("0.0.0.0", sharing.port()), 1, ListenSocket::Sharing::kTakeover).ok());
}

TEST(ListenSocket, OnlyOneMayWaitForAPort) {
  const OtherListener first(true);
  const auto open = [&] {
    return ListenSocket::open(tcp("127.0.0.1", first.port()), 2, ListenSocket::Sharing::kTakeover);
  };
  std::shared_ptr<StandbyPlace> place;
  {
    auto second = open();
    ASSERT_TRUE(second.ok()) << second.error().message();
    EXPECT_TRUE(second.value()[0].is_standby());
    const auto third = open();
    ASSERT_FALSE(third.ok());
    EXPECT_EQ(third.error().code(), ErrorCode::kUnavailable);
    EXPECT_THAT(third.error().message(), HasSubstr("one more waits for its place"));
    place = second.value()[0].place();
  }
  EXPECT_FALSE(open().ok());
  place.reset();
  EXPECT_TRUE(open().ok());
}

TEST(ListenSocket, AnAddressOfAnotherMachineIsAnError) {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  const auto sockets = ListenSocket::open(tcp("192.0.2.1", 0), 1);
  ASSERT_FALSE(sockets.ok());
  EXPECT_THAT(sockets.error().message(),
              AllOf(HasSubstr("192.0.2.1"), HasSubstr("this machine has no such address")));
}

TEST(ListenSocket, ANameThatCannotBeIsAnError) {
  const auto sockets = ListenSocket::open(tcp("no such name", 6380), 1);
  ASSERT_FALSE(sockets.ok());
  EXPECT_EQ(sockets.error().code(), ErrorCode::kInvalid);
  EXPECT_THAT(sockets.error().message(), HasSubstr("cannot resolve 'no such name'"));
}

TEST(ListenSocket, UnixSocketsAreNotServedYet) {
  const auto sockets = ListenSocket::open({Endpoint::Kind::kUnix, "", 0, "/run/holdfast.sock"}, 1);
  ASSERT_FALSE(sockets.ok());
  EXPECT_THAT(sockets.error().message(), HasSubstr("unix:/run/holdfast.sock"));
}

TEST(Listener, TwoOnOnePortShareTheConnections) {
  auto sockets = ListenSocket::open(tcp("127.0.0.1", 0), 2);
  ASSERT_TRUE(sockets.ok()) << sockets.error().message();
  Loop loop;
  AcceptProbe first(loop, std::move(sockets.value()[0]));
  AcceptProbe second(loop, std::move(sockets.value()[1]));

  constexpr size_t kClients = 100;
  const auto count_and_stop = [&](StreamProbe& probe) {
    probe.stream.close();
    if (first.accepted.size() + second.accepted.size() < kClients) return;
    first.listener.close();
    second.listener.close();
  };
  first.on_accepted = count_and_stop;
  second.on_accepted = count_and_stop;
  std::vector<TcpSocket> clients;
  for (size_t i = 0; i < kClients; ++i) clients.emplace_back(first.port());
  loop.run();
  EXPECT_EQ(first.accepted.size() + second.accepted.size(), kClients);
  EXPECT_GT(first.accepted.size(), 0u);
  EXPECT_GT(second.accepted.size(), 0u);
}

// Lets the first connection wait until somebody takes it.
class LazyAcceptor final : public Listener::Handler {
 public:
  void connection_waiting(Listener&) override { ++waiting; }
  int waiting = 0;
};

TEST(Listener, AConnectionThatIsNotTakenWaits) {
  auto sockets = ListenSocket::open(tcp("127.0.0.1", 0), 1);
  ASSERT_TRUE(sockets.ok());
  Loop loop;
  LazyAcceptor handler;
  Listener listener(loop, handler);
  const Status listening = listener.listen(std::move(sockets.value()[0]));
  ASSERT_TRUE(listening.ok());
  TcpSocket client(listener.endpoint().port);
  StreamProbe server;
  while (handler.waiting == 0) uv_run(loop.raw(), UV_RUN_ONCE);
  const Status accepted = listener.accept_into(server.stream);
  ASSERT_TRUE(accepted.ok());
  EXPECT_TRUE(server.stream.send("at last"));
  server.stream.close();
  listener.close();
  loop.run();
  EXPECT_EQ(client.read_to_end(), "at last");
}

TEST(Listener, AcceptingWhatDoesNotWaitIsAnError) {
  Loop loop;
  AcceptProbe acceptor(loop);
  StreamProbe server;
  const Status accepted = acceptor.listener.accept_into(server.stream);
  EXPECT_FALSE(accepted.ok());
  acceptor.listener.close();
  loop.run();
  EXPECT_EQ(server.closed, 1) << "the stream was opened in vain and has closed";
}

TEST(Listener, MayBeDestroyedWithoutClose) {
  Loop loop;
  { AcceptProbe acceptor(loop); }
  loop.run();
}

}  // namespace
}  // namespace holdfast::net
