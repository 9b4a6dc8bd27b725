// Sends that leave together, by io_uring and without it; the other side reads with plain blocking sockets.
#include "net/send_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <iterator>
#include <thread>

#include "tests/net/probes.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::net {
namespace {

using holdfast::testing::TcpSocket;

enum class By { kRing, kSystemCalls };

class SendBatchTest : public ::testing::TestWithParam<By> {
 protected:
  void SetUp() override {
    std::unique_ptr<SendRing> ring;
    if (GetParam() == By::kRing) {
      auto opened = SendRing::open();
      if (!opened.ok()) GTEST_SKIP() << "io_uring is not available here: " << opened.error().message();
      ring = std::move(opened).value();
    }
    loop.batch_sends(std::make_unique<SendBatch>(std::move(ring)));
    acceptor = std::make_unique<AcceptProbe>(loop);
  }

  // `count` connections; `serve` is called with all of them open, in the order of `clients`. Returns when all
  // streams are closed.
  void run(size_t count, const std::function<void()>& serve) {
    acceptor->on_accepted = [&, count](StreamProbe& probe) {
      probe.stream.batch_sends();
      if (acceptor->accepted.size() < count) return;
      acceptor->listener.close();
      serve();
    };
    for (size_t i = 0; i < count; ++i)
      clients.push_back(std::make_unique<TcpSocket>(acceptor->port(), kReceiveBuffer));
    loop.run();
  }
  Stream& stream(size_t index) { return acceptor->accepted.at(index)->stream; }
  StreamProbe& probe(size_t index) { return *acceptor->accepted.at(index); }
  void close_all() {
    for (auto& each : acceptor->accepted) each->stream.close();
  }

  Loop loop;
  static constexpr int kReceiveBuffer = 4096;
  std::unique_ptr<AcceptProbe> acceptor;
  std::vector<std::unique_ptr<TcpSocket>> clients;
  std::thread reader;
  std::optional<std::string> received;
};

TEST_P(SendBatchTest, EachStreamGetsItsBytesInOrder) {
  run(50, [&] {
    for (const char* word : {"one ", "two ", "three"}) {
      for (size_t i = 0; i < 50; ++i) EXPECT_TRUE(stream(i).send(word + std::to_string(i) + " "));
    }
    EXPECT_TRUE(stream(7).send("and "));
    EXPECT_TRUE(stream(7).send("more"));
    loop.send_batch()->flush();
    close_all();
  });
  for (size_t i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i) + " ";
    EXPECT_EQ(clients[i]->read_to_end(), "one " + n + "two " + n + "three" + n + (i == 7 ? "and more" : ""));
  }
}

TEST_P(SendBatchTest, NothingLeavesBeforeTheFlush) {
  run(1, [&] {
    EXPECT_TRUE(stream(0).send("later"));
    EXPECT_FALSE(clients[0]->has_unread());
    EXPECT_EQ(stream(0).queued_bytes(), 0u) << "what is in the batch does not wait for the client";
    loop.send_batch()->flush();
    close_all();
  });
  EXPECT_EQ(clients[0]->read_to_end(), "later");
}

TEST_P(SendBatchTest, ALargeSendStaysBehindASmallOne) {
  const std::string large(SendBatch::kSendBytesMax + 1, 'x');
  run(1, [&] {
    EXPECT_TRUE(stream(0).send("small"));
    EXPECT_TRUE(stream(0).send(large));
    EXPECT_TRUE(stream(0).send("last"));
    loop.send_batch()->flush();
    close_all();
  });
  EXPECT_EQ(clients[0]->read_to_end(), "small" + large + "last");
}

TEST_P(SendBatchTest, MoreThanABatchHoldsLeavesInPieces) {
  const size_t count = SendRing::kSendsMax + 20;
  const std::string piece(700, 'p');
  run(count, [&] {
    for (int round = 0; round < 2; ++round) {
      for (size_t i = 0; i < count; ++i) EXPECT_TRUE(stream(i).send(piece + std::to_string(i)));
    }
    loop.send_batch()->flush();
    close_all();
  });
  for (size_t i = 0; i < count; ++i) {
    const std::string expected = piece + std::to_string(i);
    ASSERT_EQ(clients[i]->read_to_end(), expected + expected) << i;
  }
}

TEST_P(SendBatchTest, WhatTheSocketDoesNotTakeWaitsInOrder) {
  std::string sent;
  run(2, [&] {
    probe(0).on_drained = [&] { close_all(); };
    for (int i = 0; sent.size() < 64u * 1024 * 1024 && stream(0).queued_bytes() == 0; ++i) {
      const std::string piece = std::to_string(i) + std::string(1500, static_cast<char>('a' + i % 26));
      EXPECT_TRUE(stream(0).send(piece));
      EXPECT_TRUE(stream(1).send("."));
      sent += piece;
      loop.send_batch()->flush();
    }
    EXPECT_GT(stream(0).queued_bytes(), 0u);
    EXPECT_TRUE(stream(0).send("end"));
    sent += "end";
    loop.send_batch()->flush();
    reader = std::thread([&] { received = clients[0]->read_to_end(); });
  });
  reader.join();
  ASSERT_TRUE(received.has_value());
  EXPECT_TRUE(*received == sent);
}

TEST_P(SendBatchTest, ACloseTakesTheBytesAlong) {
  run(3, [&] {
    for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(stream(i).send("bye" + std::to_string(i)));
    stream(1).close();
    loop.send_batch()->flush();
    close_all();
  });
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(clients[i]->read_to_end(), "bye" + std::to_string(i));
}

TEST_P(SendBatchTest, ABrokenConnectionIsToldAtTheFlushAndHarmsNoOther) {
  run(3, [&] {
    // So that the next send fails at once, whatever has become of the client's reset.
    shutdown(stream(1).descriptor(), SHUT_WR);
    for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(stream(i).send("x"));
    EXPECT_EQ(probe(1).ended, 0);
    loop.send_batch()->flush();
    EXPECT_EQ(probe(1).ended, 1);
    EXPECT_TRUE(probe(1).error.has_value());
    EXPECT_EQ(probe(0).ended + probe(2).ended, 0);
    close_all();
  });
  EXPECT_EQ(clients[0]->read_to_end(), "x");
  EXPECT_EQ(clients[2]->read_to_end(), "x");
}

TEST_P(SendBatchTest, WhatAHandlerSendsInTheFlushLeavesWithIt) {
  run(2, [&] {
    shutdown(stream(1).descriptor(), SHUT_WR);
    for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(stream(i).send("x"));
    probe(1).on_ended = [&] { EXPECT_TRUE(stream(0).send("y")); };
    loop.send_batch()->flush();
    EXPECT_EQ(clients[0]->read_some(), "xy");
    close_all();
  });
}

TEST_P(SendBatchTest, OneThatClosesWhenAnotherBreaksIsNotTold) {
  run(2, [&] {
    for (size_t i = 0; i < 2; ++i) {
      shutdown(stream(i).descriptor(), SHUT_WR);
      probe(i).on_ended = [&] { close_all(); };
      EXPECT_TRUE(stream(i).send("x"));
    }
    loop.send_batch()->flush();
    EXPECT_EQ(probe(0).ended + probe(1).ended, 1);
  });
}

INSTANTIATE_TEST_SUITE_P(, SendBatchTest, ::testing::Values(By::kRing, By::kSystemCalls),
                         [](const auto& each) { return each.param == By::kRing ? "Ring" : "SystemCalls"; });

// As the default seccomp profiles of container runtimes do.
TEST(SendRingTest, AForbiddenRingIsAnErrorThatSaysWhy) {
  std::optional<Error> error;
  std::thread confined([&] {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
    ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    auto ring = SendRing::open();
    if (!ring.ok()) error = ring.error();
  });
  confined.join();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), ::testing::HasSubstr("Operation not permitted"));
}

}  // namespace
}  // namespace holdfast::net
