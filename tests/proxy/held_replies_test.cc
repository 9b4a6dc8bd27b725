#include "proxy/held_replies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace holdfast::proxy {
namespace {

constexpr std::string_view kError = "-UNCERTAIN\r\n";

using Released = std::tuple<uint64_t, uint64_t, uint32_t>;  // arrived, held, replies

std::vector<Released> drop(HeldReplies& held) {
  std::vector<Released> all;
  held.visit_ready([&](const HeldReplies::Released& one) {
    all.emplace_back(one.asked.arrived_ns, one.held_ns, one.replies);
  });
  held.drop_ready();
  return all;
}

TEST(HeldReplies, AGatedReplyWaitsForItsBarrier) {
  HeldReplies held;
  held.append(1, "+OK\r\n", 1, 100, 200);
  EXPECT_FALSE(held.empty());
  EXPECT_EQ(held.ready(), "");
  EXPECT_EQ(held.size(), 5u);
  EXPECT_EQ(held.gated_replies(), 1u);
  EXPECT_EQ(held.settle(1, true, kError), 1u);
  EXPECT_EQ(held.ready(), "+OK\r\n");
  EXPECT_EQ(drop(held), (std::vector<Released>{{100, 200, 1}}));
  EXPECT_TRUE(held.empty());
  EXPECT_EQ(held.size(), 0u);
  EXPECT_EQ(held.gated_replies(), 0u);
}

TEST(HeldReplies, WhatStandsBehindAGatedReplyWaitsWithIt) {
  HeldReplies held;
  held.append(1, "a", 1, 0, 0);
  held.append(0, "b", 0, 0, 0);
  EXPECT_EQ(held.ready(), "");
  held.settle(1, true, kError);
  EXPECT_EQ(held.ready(), "ab");
  EXPECT_EQ(drop(held).size(), 1u);  // only gated segments are told
  EXPECT_TRUE(held.empty());
}

TEST(HeldReplies, WhatWaitsForNothingMayLeaveAtOnce) {
  HeldReplies held;
  held.append(0, "a", 0, 0, 0);
  EXPECT_EQ(held.ready(), "a");
  EXPECT_EQ(held.gated_replies(), 0u);
  EXPECT_TRUE(drop(held).empty());
  EXPECT_TRUE(held.empty());
}

TEST(HeldReplies, BarriersThatSettleInOrderLeaveInOrder) {
  HeldReplies held;
  held.append(1, "a", 1, 0, 0);
  held.append(2, "b", 1, 0, 0);
  held.append(0, "c", 0, 0, 0);
  held.append(3, "d", 1, 0, 0);
  held.settle(1, true, kError);
  EXPECT_EQ(held.ready(), "a");
  drop(held);
  EXPECT_EQ(held.ready(), "");
  held.settle(2, true, kError);
  EXPECT_EQ(held.ready(), "bc");
  drop(held);
  EXPECT_EQ(held.size(), 1u);
  held.settle(3, true, kError);
  EXPECT_EQ(held.ready(), "d");
  drop(held);
  EXPECT_TRUE(held.empty());
}

TEST(HeldReplies, ABarrierThatSettlesEarlierWaitsForThoseBeforeIt) {
  HeldReplies held;
  held.append(1, "a", 1, 0, 0);
  held.append(2, "b", 1, 0, 0);
  held.settle(2, true, kError);
  EXPECT_EQ(held.ready(), "");
  EXPECT_TRUE(drop(held).empty());
  EXPECT_EQ(held.gated_replies(), 2u);
  held.settle(1, true, kError);
  EXPECT_EQ(held.ready(), "ab");
  EXPECT_EQ(drop(held).size(), 2u);
}

TEST(HeldReplies, RepliesThatAreNotDurableBecomeErrors) {
  HeldReplies held;
  held.append(1, "first", 1, 0, 0);
  held.append(2, "+OK\r\n:1\r\n", 2, 0, 0);
  held.append(0, "between", 0, 0, 0);
  held.append(3, "last", 1, 0, 0);
  EXPECT_EQ(held.settle(2, false, kError), 2u);
  EXPECT_EQ(held.ready(), "");
  held.settle(1, true, kError);
  EXPECT_EQ(held.ready(), "first" + std::string(kError) + std::string(kError) + "between");
  drop(held);
  held.settle(3, true, kError);
  EXPECT_EQ(held.ready(), "last");
}

// A reply in two reads is one segment; cut short by the end of its barrier it is one error, and not one
// for each part.
TEST(HeldReplies, AReplyInPartsIsOneReply) {
  HeldReplies held;
  held.append(1, "$6\r\nabc", 0, 10, 20);
  held.append(1, "def\r\n", 1, 10, 30);
  EXPECT_EQ(held.gated_replies(), 1u);
  EXPECT_EQ(held.settle(1, false, kError), 1u);
  EXPECT_EQ(held.ready(), kError);
  EXPECT_EQ(drop(held), (std::vector<Released>{{10, 20, 1}}));

  held.append(1, "$6\r\nabc", 0, 10, 20);
  EXPECT_EQ(held.settle(1, false, kError), 0u);
  held.append(1, "def\r\n", 1, 10, 30);
  EXPECT_EQ(held.settle(1, false, kError), 1u);
  EXPECT_EQ(held.ready(), kError);
}

TEST(HeldReplies, SettlingWhatIsNotThereChangesNothing) {
  HeldReplies held;
  EXPECT_EQ(held.settle(7, true, kError), 0u);
  held.append(1, "a", 1, 0, 0);
  EXPECT_EQ(held.settle(2, false, kError), 0u);
  EXPECT_EQ(held.ready(), "");
  EXPECT_EQ(held.size(), 1u);
}

TEST(HeldReplies, OneBarrierAndOneArrivalAreOneSegment) {
  HeldReplies held;
  held.append(1, "a", 1, 10, 100);
  held.append(1, "b", 2, 10, 101);
  held.append(1, "c", 1, 11, 102);  // arrived later: its own latency
  held.append(2, "d", 1, 11, 103);
  held.append(0, "e", 0, 0, 0);
  held.append(2, "f", 1, 11, 104);  // not behind its like
  EXPECT_EQ(held.gated_replies(), 6u);
  held.settle(1, true, kError);
  held.settle(2, true, kError);
  EXPECT_EQ(held.ready(), "abcdef");
  EXPECT_EQ(drop(held), (std::vector<Released>{{10, 100, 3}, {11, 102, 1}, {11, 103, 1}, {11, 104, 1}}));
}

// A settled segment has no barrier any more, but plain bytes are not counted among its replies.
TEST(HeldReplies, PlainBytesDoNotJoinASettledSegment) {
  HeldReplies held;
  held.append(1, "a", 1, 10, 100);
  held.append(2, "b", 1, 10, 101);
  held.settle(2, true, kError);
  held.append(0, "c", 0, 0, 0);
  held.append(2, "d", 1, 10, 102);
  held.settle(1, true, kError);
  EXPECT_EQ(held.ready(), "abc");
  EXPECT_EQ(drop(held), (std::vector<Released>{{10, 100, 1}, {10, 101, 1}}));
  EXPECT_EQ(held.gated_replies(), 1u);
}

TEST(HeldReplies, ClearForgetsEverything) {
  HeldReplies held;
  held.append(1, "a", 1, 0, 0);
  held.clear();
  EXPECT_TRUE(held.empty());
  EXPECT_EQ(held.ready(), "");
  EXPECT_EQ(held.settle(1, true, kError), 0u);
}

// A client that always has another write on its way is never empty: what has left must not stay in memory.
TEST(HeldReplies, DoesNotGrowWhileItIsNeverEmpty) {
  HeldReplies held;
  const std::string reply(1000, 'x');
  held.append(1, reply, 1, 0, 0);
  for (uint64_t barrier = 2; barrier < 10'000; ++barrier) {
    held.append(barrier, reply, 1, barrier, 0);
    held.settle(barrier - 1, true, kError);
    ASSERT_EQ(held.ready(), reply);
    ASSERT_EQ(drop(held).size(), 1u);
    ASSERT_EQ(held.size(), reply.size());
  }
  EXPECT_LT(held.capacity(), 16 * reply.size());
}

// Against the plainest possible model: a list of pieces.
TEST(HeldReplies, BehavesLikeAListOfPieces) {
  struct Piece {
    uint64_t barrier;
    bool gated;
    uint32_t replies;
    std::string bytes;
  };
  constexpr uint64_t kSeed = 31;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937_64 random(kSeed);
  for (int run = 0; run < 300; ++run) {
    HeldReplies held;
    std::vector<Piece> model;
    uint64_t newest = 1;
    for (int step = 0; step < 100; ++step) {
      const uint64_t what = random() % 10;
      if (what < 6) {
        if (random() % 2 == 0) ++newest;
        const bool gated = random() % 3 != 0;
        const auto replies = static_cast<uint32_t>(gated ? random() % 3 : 0);
        const std::string bytes(random() % 20, static_cast<char>('a' + random() % 26));
        held.append(gated ? newest : 0, bytes, replies, random() % 2, 0);
        model.push_back({gated ? newest : 0, gated, replies, bytes});
      } else if (what < 9) {
        const uint64_t barrier = newest - std::min(newest, random() % 5);
        if (barrier == 0) continue;
        const bool durable = random() % 2 == 0;
        uint32_t expected = 0;
        for (Piece& piece : model) {
          if (piece.barrier != barrier) continue;
          piece.barrier = 0;
          expected += piece.replies;
          if (durable) continue;
          piece.bytes.clear();
          for (uint32_t i = 0; i < piece.replies; ++i) piece.bytes += kError;
        }
        ASSERT_EQ(held.settle(barrier, durable, kError), expected);
        newest = std::max(newest, barrier + 1);
      } else {
        uint32_t told = 0;
        held.visit_ready([&](const HeldReplies::Released& one) { told += one.replies; });
        held.drop_ready();
        uint32_t expected = 0;
        size_t ready = 0;
        for (; ready < model.size() && model[ready].barrier == 0; ++ready) expected += model[ready].replies;
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(ready));
        ASSERT_EQ(told, expected);
      }
      std::string ready;
      size_t size = 0;
      uint32_t gated = 0;
      bool blocked = false;
      for (const Piece& piece : model) {
        blocked = blocked || piece.barrier != 0;
        if (!blocked) ready += piece.bytes;
        size += piece.bytes.size();
        gated += piece.gated ? piece.replies : 0;
      }
      ASSERT_EQ(held.ready(), ready);
      ASSERT_EQ(held.size(), size);
      ASSERT_EQ(held.gated_replies(), gated);
      ASSERT_EQ(held.empty(), model.empty());
    }
  }
}

}  // namespace
}  // namespace holdfast::proxy
