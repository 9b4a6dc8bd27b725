// Streams whose other side is a plain blocking client on a thread of its own.
#include "net/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/net/probes.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::net {
namespace {

using holdfast::testing::TcpSocket;

class StreamTest : public ::testing::Test {
 protected:
  // One connection is accepted; `serve` is called with it, `client` runs beside on its own thread.
  void run(const std::function<void(StreamProbe&)>& serve, const std::function<void(TcpSocket&)>& client) {
    acceptor.on_accepted = [&](StreamProbe& probe) {
      acceptor.listener.close();
      serve(probe);
    };
    std::thread other_side([&, port = acceptor.port()] {
      TcpSocket socket(port, 4096);
      client(socket);
    });
    loop.run();
    other_side.join();
    ASSERT_EQ(acceptor.accepted.size(), 1u);
    EXPECT_EQ(acceptor.accepted[0]->closed, 1);
  }
  StreamProbe& probe() { return *acceptor.accepted.at(0); }

  // Bytes whose order can be checked.
  static std::string pattern(size_t size) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 4096) % 26);
    return bytes;
  }

  Loop loop;
  AcceptProbe acceptor{loop};
};

TEST_F(StreamTest, EchoesWhatItReads) {
  const std::string message = pattern(300'000);
  std::string echoed;
  run(
      [](StreamProbe& server) {
        server.on_read = [&server] {
          EXPECT_TRUE(server.stream.send(server.received));
          server.received.clear();
        };
        server.stream.read_start();
      },
      [&](TcpSocket& client) {
        std::thread sender([&] { EXPECT_TRUE(client.send(message)); });
        while (echoed.size() < message.size()) {
          const auto piece = client.read_some();
          if (!piece.has_value() || piece->empty()) break;
          echoed += *piece;
        }
        sender.join();
      });
  EXPECT_TRUE(echoed == message);
  EXPECT_EQ(probe().ended, 1);
  EXPECT_FALSE(probe().error.has_value()) << "a peer that closes is no error";
}

TEST_F(StreamTest, WhatASlowReaderDoesNotTakeWaitsInOrder) {
  const std::string message = pattern(50'000'000);
  std::optional<std::string> received;
  size_t queued = 0;
  run(
      [&](StreamProbe& server) {
        for (size_t at = 0; at < message.size(); at += 1'000'000)
          EXPECT_TRUE(server.stream.send(std::string_view(message).substr(at, 1'000'000)));
        queued = server.stream.queued_bytes();
        server.on_drained = [&server] {
          EXPECT_EQ(server.stream.queued_bytes(), 0u);
          server.stream.close();
        };
      },
      [&](TcpSocket& client) { received = client.read_to_end(); });
  EXPECT_GT(queued, message.size() / 2) << "the socket's buffers cannot have taken most of it";
  EXPECT_EQ(probe().drained, 1);
  ASSERT_TRUE(received.has_value());
  EXPECT_TRUE(*received == message);
}

TEST_F(StreamTest, SendsAgainAfterItHasDrained) {
  const std::string message = pattern(5'000'000);
  std::optional<std::string> received;
  run(
      [&](StreamProbe& server) {
        EXPECT_TRUE(server.stream.send(message));
        server.on_drained = [&, rounds = 0]() mutable {
          if (++rounds < 3) {
            EXPECT_TRUE(server.stream.send(message));
          } else {
            EXPECT_TRUE(server.stream.send("the end"));
            server.stream.close();
          }
        };
      },
      [&](TcpSocket& client) { received = client.read_to_end(); });
  EXPECT_EQ(probe().drained, 3);
  ASSERT_TRUE(received.has_value());
  EXPECT_TRUE(*received == message + message + message + "the end");
}

TEST_F(StreamTest, CloseDropsWhatWaits) {
  const std::string message = pattern(20'000'000);
  std::optional<std::string> received;
  run(
      [&](StreamProbe& server) {
        EXPECT_TRUE(server.stream.send(message));
        server.stream.close();
        EXPECT_FALSE(server.stream.send("too late"));
        server.stream.close();  // again: nothing happens
      },
      [&](TcpSocket& client) { received = client.read_to_end(); });
  EXPECT_EQ(probe().drained, 0);
  EXPECT_EQ(probe().ended, 0) << "a close of one's own is not news";
  ASSERT_TRUE(received.has_value());
  EXPECT_LT(received->size(), message.size());
}

TEST_F(StreamTest, APeerThatHasFinishedSendingStillGetsItsAnswer) {
  std::optional<std::string> received;
  run(
      [](StreamProbe& server) {
        server.on_ended = [&server] {
          EXPECT_TRUE(server.stream.send("you said: " + server.received));
          server.stream.close();
        };
        server.stream.read_start();
      },
      [&](TcpSocket& client) {
        EXPECT_TRUE(client.send("good bye"));
        client.finish_sending();
        received = client.read_to_end();
      });
  EXPECT_EQ(received, "you said: good bye");
  EXPECT_FALSE(probe().error.has_value());
}

TEST_F(StreamTest, AResetIsAnErrorAndEndsSending) {
  run(
      [](StreamProbe& server) {
        server.on_ended = [&server] {
          EXPECT_FALSE(server.stream.send("anybody there?"));
          server.stream.close();
        };
        EXPECT_TRUE(server.stream.send("x"));
        server.stream.read_start();
      },
      [](TcpSocket& client) {
        EXPECT_EQ(client.read_some(), "x");
        client.reset();
      });
  ASSERT_TRUE(probe().error.has_value());
  EXPECT_EQ(probe().error->code(), ErrorCode::kUnavailable);
  EXPECT_THAT(probe().error->message(), ::testing::HasSubstr("the connection broke"));
}

TEST_F(StreamTest, AResetUnderAWaitingWriteIsToldEvenWithoutReading) {
  run([](StreamProbe& server) { EXPECT_TRUE(server.stream.send(pattern(20'000'000))); },
      [](TcpSocket& client) {
        EXPECT_EQ(client.read_some(1), "a");
        client.reset();
      });
  EXPECT_EQ(probe().ended, 1);
  EXPECT_TRUE(probe().error.has_value());
  EXPECT_EQ(probe().drained, 0);
}

TEST_F(StreamTest, ReadStopHoldsBackWhatThePeerSends) {
  const std::string message = pattern(3'000'000);
  std::string when_stopped;
  run(
      [&](StreamProbe& server) {
        server.on_read = [&server, &when_stopped] {
          if (!when_stopped.empty()) return;
          server.stream.read_stop();
          EXPECT_FALSE(server.stream.is_reading());
          when_stopped = server.received;
          // The peer waits for this, having sent all; nothing may have been read meanwhile.
          server.on_drained = [&server, &when_stopped] {
            EXPECT_EQ(server.received, when_stopped);
            server.stream.read_start();
          };
          EXPECT_TRUE(server.stream.send(pattern(20'000'000)));
        };
        server.stream.read_start();
      },
      [&](TcpSocket& client) {
        std::thread sender([&] {
          EXPECT_TRUE(client.send(message));
          client.finish_sending();
        });
        size_t read = 0;
        while (read < 20'000'000) {
          const auto piece = client.read_some();
          if (!piece.has_value() || piece->empty()) break;
          read += piece->size();
        }
        sender.join();
      });
  EXPECT_LT(when_stopped.size(), message.size());
  EXPECT_TRUE(probe().received == message);
}

}  // namespace
}  // namespace holdfast::net
