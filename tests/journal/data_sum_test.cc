// The sum over a Redis's data: what it tells apart and what it does not.
#include "journal/data_sum.h"

#include <gtest/gtest.h>

namespace holdfast::journal {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kMinute = 60'000;

DataSum sum_of(std::initializer_list<std::pair<const char*, KeyState>> keys, int database = 0) {
  DataSum sum(kNow);
  for (const auto& [key, state] : keys) sum.add_key(database, key, state);
  return sum;
}

TEST(DataSum, DoesNotDependOnTheOrder) {
  const KeyState one{"string 1"}, two{"string 2"};
  EXPECT_EQ(sum_of({{"a", one}, {"b", two}}).differences(sum_of({{"b", two}, {"a", one}}), kNow), 0u);
  EXPECT_EQ(sum_of({{"a", one}, {"b", two}}).keys(), 2u);
}

TEST(DataSum, TellsKeysDatabasesContentAndTimesApart) {
  const KeyState state{"string 1", kNow + kMinute};
  const DataSum sum = sum_of({{"a", state}});
  EXPECT_NE(sum.differences(sum_of({}), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"b", state}}), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"a", state}}, 1), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"a", {"string 2", kNow + kMinute}}}), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"a", {"string 1", kNow + 2 * kMinute}}}), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"a", {"string 1"}}}), kNow), 0u);
  EXPECT_NE(sum.differences(sum_of({{"a", state}, {"a", state}}), kNow), 0u) << "nothing cancels out";
  DataSum with_function = sum_of({{"a", state}});
  with_function.add_other("a function");
  EXPECT_NE(sum.differences(with_function, kNow), 0u);
}

// Two servers are looked at one after the other.
TEST(DataSum, WhatIsOverByTheEndCountsForNeither) {
  const DataSum with = sum_of({{"a", {"string 1", kNow + kMinute}}, {"b", {"string 1"}}});
  const DataSum without = sum_of({{"b", {"string 1"}}});
  EXPECT_NE(with.differences(without, kNow), 0u);
  EXPECT_EQ(with.differences(without, kNow + kMinute), 0u);
  const KeyState ending{"string 1", kNow + kMinute};
  EXPECT_FALSE(ending.same_as(KeyState(), kNow));
  EXPECT_TRUE(ending.same_as(KeyState(), kNow + kMinute));
  EXPECT_TRUE(KeyState().same_as(KeyState(), kNow));
}

TEST(DataSum, TimesBeyondTheHorizonCountLikeAnyOther) {
  const DataSum with = sum_of({{"a", {"string 1", kNow + 2 * DataSum::kHorizonMs}}});
  EXPECT_NE(with.differences(sum_of({}), kNow + DataSum::kHorizonMs), 0u);
}

}  // namespace
}  // namespace holdfast::journal
