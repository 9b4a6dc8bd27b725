#include "proxy/transaction.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

TEST(Transaction, HoldsNothingAtFirst) {
  const Transaction transaction;
  EXPECT_FALSE(transaction.in_multi() || transaction.holds_state() || transaction.gating() != Gating::kNone ||
               transaction.is_poisoned());
}

TEST(Transaction, WatchHoldsStateUntilUnwatch) {
  Transaction transaction;
  transaction.watch();
  EXPECT_TRUE(transaction.holds_state());
  EXPECT_FALSE(transaction.in_multi());
  transaction.unwatch();
  EXPECT_FALSE(transaction.holds_state());
}

TEST(Transaction, UnwatchInsideMultiIsOnlyQueued) {
  Transaction transaction;
  transaction.watch();
  transaction.begin();
  transaction.unwatch();
  EXPECT_TRUE(transaction.in_multi());
  EXPECT_TRUE(transaction.holds_state());
  transaction.end();
  EXPECT_FALSE(transaction.holds_state());
}

TEST(Transaction, RemembersWritesAndRefusalsUntilItsEnd) {
  Transaction transaction;
  transaction.begin();
  EXPECT_EQ(transaction.gating(), Gating::kNone);
  transaction.queue(Gating::kNeedJournal, true);
  transaction.queue(Gating::kHold, true);
  transaction.poison();
  EXPECT_EQ(transaction.gating(), Gating::kHold);
  EXPECT_TRUE(transaction.is_poisoned());
  transaction.end();
  EXPECT_EQ(transaction.gating(), Gating::kNone);
  EXPECT_FALSE(transaction.is_poisoned());
  transaction.begin();
  EXPECT_EQ(transaction.gating(), Gating::kNone);
  EXPECT_FALSE(transaction.is_poisoned());
}

TEST(Transaction, ARefusalOutsideOfMultiPoisonsNothing) {
  Transaction transaction;
  transaction.watch();
  transaction.poison();
  EXPECT_FALSE(transaction.is_poisoned());
  transaction.begin();
  EXPECT_FALSE(transaction.is_poisoned());
}

}  // namespace
}  // namespace holdfast::proxy
