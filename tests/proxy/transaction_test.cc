#include "proxy/transaction.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

TEST(Transaction, HoldsNothingAtFirst) {
  const Transaction transaction;
  EXPECT_FALSE(transaction.in_multi() || transaction.holds_state() || transaction.may_write() ||
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
  EXPECT_FALSE(transaction.may_write());
  transaction.queue(true);
  transaction.poison();
  EXPECT_TRUE(transaction.may_write());
  EXPECT_TRUE(transaction.is_poisoned());
  transaction.end();
  EXPECT_FALSE(transaction.may_write());
  EXPECT_FALSE(transaction.is_poisoned());
  transaction.begin();
  EXPECT_FALSE(transaction.may_write());
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
