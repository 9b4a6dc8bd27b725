// Streams that speak TLS with each other on one loop: order, back-pressure, the end, and what goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "net/timer.h"
#include "tests/net/probes.h"
#include "tests/support/certificates.h"
#include "tests/support/tcp_socket.h"
#include "tls/connection.h"
#include "tls/context.h"

namespace holdfast::net {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPlainReply = "-ERR speak TLS\r\n";

struct TlsStreamTest : ::testing::Test {
  TlsStreamTest() {
    acceptor.on_accepted = [this](StreamProbe& accepted) {
      acceptor.listener.close();
      accepted.stream.use_tls(loop, server_context(client_ca)->open(), {timeout_ms, kPlainReply});
      accepted.stream.read_start();
      serve(accepted);
    };
    client.on_connected = [this] {
      if (client.error.has_value()) {
        client.stream.close();
        return;
      }
      client.stream.read_start();
      begin();
    };
  }

  std::shared_ptr<const tls::Context> server_context(const std::string& ca) {
    config::TlsFiles files;
    files.cert = pair.cert;
    files.key = pair.key;
    files.ca = ca;
    auto context = tls::Context::for_server(files);
    EXPECT_TRUE(context.ok()) << context.error().message();
    return context.value();
  }
  void run(const config::TlsFiles& files) {
    auto context = tls::Context::for_client(files, "localhost");
    ASSERT_TRUE(context.ok()) << context.error().message();
    client.stream.use_tls(loop, context.value()->open(), {});
    client.stream.connect(loop, acceptor.endpoint(), client);
    loop.run();
    EXPECT_EQ(client.closed, 1);
    ASSERT_EQ(acceptor.accepted.size(), 1u);
    EXPECT_EQ(server().closed, 1);
  }
  void run() {
    config::TlsFiles files;
    files.ca = authority.file();
    run(files);
  }
  StreamProbe& server() { return *acceptor.accepted.at(0); }

  holdfast::testing::Authority authority;
  holdfast::testing::KeyPair pair = authority.issue("server");
  std::string client_ca;
  uint64_t timeout_ms = 60'000;
  Loop loop;
  AcceptProbe acceptor{loop};
  StreamProbe client;
  std::function<void(StreamProbe&)> serve = [](StreamProbe&) {};
  std::function<void()> begin = [] {};
};

TEST_F(TlsStreamTest, WhatIsSentArrivesInOrderAndTheEndIsNoError) {
  std::string message(5'000'000, 0);
  for (size_t i = 0; i < message.size(); ++i) message[i] = static_cast<char>(i * 7 + i / 4096);
  serve = [](StreamProbe& accepted) {
    accepted.on_read = [&accepted] {
      EXPECT_TRUE(accepted.stream.send(std::exchange(accepted.received, "")));
    };
  };
  begin = [&] { EXPECT_TRUE(client.stream.send(message)); };
  client.on_read = [&] {
    if (client.received.size() == message.size()) client.stream.close();
  };
  run();
  EXPECT_TRUE(client.received == message);
  EXPECT_EQ(server().ended, 1);
  EXPECT_FALSE(server().error.has_value());
}

// Every read is followed by a stop; the next start comes from outside of the callback, when the bytes to read
// may all be in the TLS layer and none in the socket.
TEST_F(TlsStreamTest, ReadStopHoldsBackWhatIsDecryptedAlready) {
  const std::string message(1'000'000, 'x');
  Timer again(loop, [this] { server().stream.read_start(); });
  serve = [&](StreamProbe& accepted) {
    accepted.on_read = [&] {
      accepted.stream.read_stop();
      again.start_once(1);
      if (accepted.received.size() < message.size()) return;
      again.close();
      accepted.stream.close();
    };
  };
  begin = [&] { EXPECT_TRUE(client.stream.send(message)); };
  run();
  EXPECT_TRUE(server().received == message);
}

TEST_F(TlsStreamTest, TheCertificateOfAClientNamesIt) {
  client_ca = authority.file();
  const auto own = authority.issue("checkout");
  std::string name;
  serve = [&](StreamProbe& accepted) {
    accepted.on_read = [&] {
      name = accepted.stream.tls_peer_name();
      accepted.stream.close();
    };
  };
  begin = [&] { EXPECT_TRUE(client.stream.send("x")); };
  config::TlsFiles files;
  files.ca = authority.file();
  files.cert = own.cert;
  files.key = own.key;
  run(files);
  EXPECT_EQ(name, "checkout");
}

// In TLS 1.3 the client is through before the server has looked at its certificate.
TEST_F(TlsStreamTest, AClientWithoutACertificateIsToldAfterItsHandshake) {
  client_ca = authority.file();
  run();
  ASSERT_TRUE(server().error.has_value());
  EXPECT_THAT(server().error->message(), HasSubstr("showed no certificate"));
  EXPECT_EQ(client.connected, 1);
  ASSERT_TRUE(client.error.has_value());
  EXPECT_EQ(client.error->code(), ErrorCode::kRefused);
  EXPECT_THAT(client.error->message(), HasSubstr("does not accept the certificate of Holdfast"));
}

TEST_F(TlsStreamTest, ACertificateOfAnotherAuthorityFailsTheConnect) {
  const holdfast::testing::Authority other("Other CA");
  config::TlsFiles files;
  files.ca = other.file();
  run(files);
  ASSERT_TRUE(client.error.has_value());
  EXPECT_EQ(client.error->code(), ErrorCode::kRefused);
  EXPECT_THAT(client.error->message(), HasSubstr("is signed by no authority among"));
  ASSERT_TRUE(server().error.has_value());
  EXPECT_THAT(server().error->message(), HasSubstr("does not accept the certificate that is shown here"));
}

TEST_F(TlsStreamTest, AHandshakeThatDoesNotComeEndsTheStream) {
  timeout_ms = 50;
  holdfast::testing::TcpSocket silent(acceptor.port());
  loop.run();
  ASSERT_TRUE(server().error.has_value());
  EXPECT_EQ(server().error->code(), ErrorCode::kTimeout);
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST_F(TlsStreamTest, APlainClientGetsAnAnswerThatItUnderstands) {
  holdfast::testing::TcpSocket plain(acceptor.port());
  EXPECT_TRUE(plain.send("PING\r\n"));
  loop.run();
  EXPECT_EQ(plain.read_to_end(), kPlainReply);
  ASSERT_TRUE(server().error.has_value());
  EXPECT_EQ(server().error->code(), ErrorCode::kProtocol);
}

TEST_F(TlsStreamTest, CloseInTheMiddleOfAHandshakeIsQuiet) {
  serve = [](StreamProbe& accepted) {
    EXPECT_FALSE(accepted.stream.send("too early"));
    accepted.stream.close();
  };
  run();
  EXPECT_EQ(server().ended, 0);
  ASSERT_TRUE(client.error.has_value());
}

}  // namespace
}  // namespace holdfast::net
