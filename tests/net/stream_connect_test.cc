// The ways in which a connection is made, fails, or is given up half-way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/probes.h"
#include "tests/net/two_address_name.h"
#include "tests/support/tcp_socket.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unix_echo_server.h"

namespace holdfast::net {
namespace {

using holdfast::testing::TempDir;
using holdfast::testing::UnixEchoServer;
using holdfast::testing::unused_port;
using ::testing::AllOf;
using ::testing::HasSubstr;

Endpoint tcp(std::string host, uint16_t port) {
  return {Endpoint::Kind::kTcp, std::move(host), port, ""};
}
Endpoint unix_path(std::string path) {
  return {Endpoint::Kind::kUnix, "", 0, std::move(path)};
}

class ConnectTest : public ::testing::Test {
 protected:
  // Connects to something that echoes, says hello and closes when the echo is back.
  void expect_echo(const Endpoint& endpoint) {
    client.on_connected = [this] {
      if (client.error.has_value()) {
        ADD_FAILURE() << client.error->message();
        client.stream.close();
        return;
      }
      client.stream.read_start();
      EXPECT_TRUE(client.stream.send("hello"));
    };
    client.on_read = [this] {
      if (client.received == "hello") client.stream.close();
    };
    client.stream.connect(loop, endpoint, client);
    loop.run();
    EXPECT_EQ(client.received, "hello");
    EXPECT_EQ(client.connected, 1);
    EXPECT_EQ(client.closed, 1);
  }

  // Connects to what cannot work, and gives the error.
  Error expect_failure(const Endpoint& endpoint) {
    client.on_connected = [this] { client.stream.close(); };
    client.stream.connect(loop, endpoint, client);
    loop.run();
    EXPECT_EQ(client.connected, 1);
    EXPECT_EQ(client.closed, 1);
    if (client.error.has_value()) return *client.error;
    ADD_FAILURE() << "it connected";
    return Error(ErrorCode::kInvalid, "");
  }

  void expect_given_up() {
    loop.run();
    EXPECT_EQ(client.connected, 0) << "nobody is told after close()";
    EXPECT_EQ(client.closed, 1);
  }

  Loop loop;
  StreamProbe client;
};

// Echoes on a loop, and stops listening with the first connection.
void echo_once(AcceptProbe& acceptor) {
  acceptor.on_accepted = [&acceptor](StreamProbe& server) {
    acceptor.listener.close();
    server.on_read = [&server] { EXPECT_TRUE(server.stream.send(std::exchange(server.received, ""))); };
    server.stream.read_start();
  };
}

TEST_F(ConnectTest, ByAddress) {
  AcceptProbe acceptor(loop);
  echo_once(acceptor);
  expect_echo(acceptor.endpoint());
}

TEST_F(ConnectTest, ByName) {
  AcceptProbe acceptor(loop);
  echo_once(acceptor);
  expect_echo(tcp("localhost", acceptor.port()));
}

TEST_F(ConnectTest, ByTheSecondAddressOfAName) {
  AcceptProbe acceptor(loop);
  echo_once(acceptor);
  expect_echo(tcp(kTwoAddressName, acceptor.port()));  // nobody listens on ::1
}

TEST_F(ConnectTest, ByUnixPath) {
  const TempDir dir;
  const UnixEchoServer server(dir.file("echo.sock"));
  expect_echo(unix_path(dir.file("echo.sock")));
  EXPECT_EQ(client.stream.peer_name(), "unix");
}

TEST_F(ConnectTest, TellsThePeersName) {
  AcceptProbe acceptor(loop);
  acceptor.on_accepted = [&](StreamProbe& server) {
    EXPECT_THAT(server.stream.peer_name(), HasSubstr("127.0.0.1:"));
    acceptor.listener.close();
    server.stream.close();
  };
  client.on_connected = [&] {
    EXPECT_EQ(client.stream.peer_name(), acceptor.endpoint().to_string());
    client.stream.close();
  };
  client.stream.connect(loop, acceptor.endpoint(), client);
  loop.run();
}

TEST_F(ConnectTest, RefusedNamesTheTarget) {
  const uint16_t port = unused_port();
  const Error error = expect_failure(tcp("127.0.0.1", port));
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(error.message(), "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_F(ConnectTest, RefusedByEveryAddressOfAName) {
  const uint16_t port = unused_port();
  const Error error = expect_failure(tcp(kTwoAddressName, port));
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr(kTwoAddressName), HasSubstr("connection refused")));
}

TEST_F(ConnectTest, ANameThatCannotBe) {
  const Error error = expect_failure(tcp("no such name", 6379));
  EXPECT_THAT(error.message(), HasSubstr("cannot resolve no such name:6379"));
}

TEST_F(ConnectTest, AUnixPathThatIsNotThere) {
  const TempDir dir;
  const Error error = expect_failure(unix_path(dir.file("nobody.sock")));
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("nobody.sock"), HasSubstr("no such file or directory")));
}

TEST_F(ConnectTest, AUnixPathThatIsTooLongIsNotCutShort) {
  const Error error = expect_failure(unix_path("/" + std::string(200, 'x')));
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_THAT(error.message(), HasSubstr("choose a shorter one"));
}

TEST_F(ConnectTest, GivenUpWhileConnecting) {
  AcceptProbe acceptor(loop);
  client.stream.connect(loop, acceptor.endpoint(), client);
  client.stream.close();
  acceptor.listener.close();
  expect_given_up();
}

TEST_F(ConnectTest, GivenUpWhileConnectingToAUnixPath) {
  const TempDir dir;
  client.stream.connect(loop, unix_path(dir.file("nobody.sock")), client);
  client.stream.close();
  expect_given_up();
}

TEST_F(ConnectTest, GivenUpWhileResolving) {
  client.stream.connect(loop, tcp("localhost", unused_port()), client);
  client.stream.close();
  expect_given_up();
}

TEST_F(ConnectTest, TheOwnerMayBeGoneBeforeTheResolverIs) {
  auto owner = std::make_unique<StreamProbe>();
  owner->stream.connect(loop, tcp("localhost", unused_port()), *owner);
  owner->stream.close();
  while (owner->closed == 0) uv_run(loop.raw(), UV_RUN_ONCE);
  owner.reset();
  loop.run();
}

TEST_F(ConnectTest, GivenUpBetweenTwoAddressesOfAName) {
  // Whatever turn of the loop the close falls into, the end is the same; the refusals come within the first
  // few.
  for (int turns = 1; turns <= 8; ++turns) {
    StreamProbe owner;
    owner.stream.connect(loop, tcp(kTwoAddressName, unused_port()), owner);
    for (int i = 0; i < turns; ++i) uv_run(loop.raw(), UV_RUN_ONCE);
    owner.stream.close();
    loop.run();
    EXPECT_EQ(owner.closed, 1) << turns;
  }
}

TEST_F(ConnectTest, AStreamThatWasNeverOpenedClosesWithoutACall) {
  client.stream.close();
  EXPECT_FALSE(client.stream.send("nobody"));
  loop.run();
  EXPECT_EQ(client.closed, 0);
}

}  // namespace
}  // namespace holdfast::net
