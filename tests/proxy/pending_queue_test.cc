#include "proxy/pending_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <iostream>
#include <memory>
#include <random>
#include <string>

namespace holdfast::proxy {
namespace {

void push(PendingQueue& queue, uint64_t number) {
  Pending& pending = queue.push();
  pending.barrier = number;
  pending.text = std::make_unique<std::string>(std::to_string(number));
}

void expect_entry(const Pending& pending, uint64_t number) {
  ASSERT_EQ(pending.barrier, number);
  ASSERT_NE(pending.text, nullptr);
  ASSERT_EQ(*pending.text, std::to_string(number));
}

TEST(PendingQueue, IsEmptyAtFirstAndAfterTheLastPop) {
  PendingQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  push(queue, 1);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(&queue.front(), &queue.back());
  queue.pop();
  EXPECT_TRUE(queue.empty());
}

TEST(PendingQueue, KeepsTheOrderWhenItGrows) {
  PendingQueue queue;
  for (uint64_t i = 0; i < 10'000; ++i) push(queue, i);
  EXPECT_EQ(queue.size(), 10'000u);
  for (uint64_t i = 0; i < 10'000; ++i) {
    expect_entry(queue.front(), i);
    queue.pop();
  }
  EXPECT_TRUE(queue.empty());
}

// The ring grows while its first entry is not in its first place.
TEST(PendingQueue, KeepsTheOrderWhenItGrowsInTheMiddleOfTheRing) {
  for (uint64_t popped = 0; popped <= 64; ++popped) {
    PendingQueue queue;
    for (uint64_t i = 0; i < 64; ++i) push(queue, i);
    for (uint64_t i = 0; i < popped; ++i) queue.pop();
    for (uint64_t i = 64; i < 200; ++i) push(queue, i);
    ASSERT_EQ(queue.size(), 200 - popped);
    expect_entry(queue.back(), 199);
    for (uint64_t i = popped; i < 200; ++i) expect_entry(queue.at(i - popped), i);
  }
}

TEST(PendingQueue, BehavesLikeADeque) {
  constexpr uint64_t kSeed = 5;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937_64 random(kSeed);
  PendingQueue queue;
  std::deque<uint64_t> model;
  uint64_t next = 0;
  for (int round = 0; round < 200; ++round) {
    for (uint64_t left = random() % 300; left > 0; --left) {
      push(queue, next);
      model.push_back(next++);
    }
    for (uint64_t left = random() % 300; left > 0 && !model.empty(); --left) {
      expect_entry(queue.front(), model.front());
      queue.pop();
      model.pop_front();
    }
    ASSERT_EQ(queue.size(), model.size());
    for (size_t i = 0; i < model.size(); ++i) expect_entry(queue.at(i), model[i]);
    if (!model.empty()) expect_entry(queue.back(), model.back());
  }
}

}  // namespace
}  // namespace holdfast::proxy
