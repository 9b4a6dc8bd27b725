// Names of keys become patterns that a person would have written.
#include "posture/key_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::posture {
namespace {

TEST(KeyGroups, APatternIsTheWordsBeforeTheFirstId) {
  EXPECT_EQ(pattern_of("order:17"), "order:*");
  EXPECT_EQ(pattern_of("order:17:items"), "order:*");
  EXPECT_EQ(pattern_of("prod:order:17"), "prod:order:*");
  EXPECT_EQ(pattern_of("a:b:c:d:e"), "a:b:c:*");
  EXPECT_EQ(pattern_of("session/9f86d081884c"), "session/*");
  EXPECT_EQ(pattern_of("user_42"), "user_*");
  EXPECT_EQ(pattern_of("lock-9f86d081"), "lock-*");
  EXPECT_EQ(pattern_of("key17"), "key*");
  EXPECT_EQ(pattern_of("config"), "config");
  EXPECT_EQ(pattern_of("deadbeef"), "deadbeef");
  EXPECT_EQ(pattern_of("42"), "*");
  EXPECT_EQ(pattern_of(""), "");
}

TEST(KeyGroups, WhatMeansSomethingInAGlobIsEscaped) {
  EXPECT_EQ(pattern_of("a*b:1"), "a\\*b:*");
  EXPECT_EQ(pattern_of("a\nb:1"), "a?b:*");
}

TEST(KeyGroups, TheyAddUp) {
  KeyGroups groups;
  groups.add({"order:1", "hash", -1, 100, 5});
  groups.add({"order:2", "hash", 60'000, 300, 7});
  groups.add({"cart:1", "string", 1'000, 50, -1});
  EXPECT_EQ(groups.keys(), 3);
  EXPECT_DOUBLE_EQ(groups.ttl_share(), 2.0 / 3.0);
  ASSERT_EQ(groups.by_size().size(), 2u);
  const KeyGroup& orders = *groups.by_size()[0];
  EXPECT_EQ(orders.pattern, "order:*");
  EXPECT_EQ(orders.with_ttl, 1);
  EXPECT_EQ(orders.bytes_max, 300);
  EXPECT_EQ(orders.idle_mean_s(), 6);
  EXPECT_EQ(orders.types_text(), "hash");
  EXPECT_EQ(groups.by_size()[1]->idle_mean_s(), -1);
}

TEST(KeyGroups, TheyAreBounded) {
  KeyGroups groups;
  for (int i = 0; i < 5'000; ++i) {
    std::string word;
    for (int n = i; n > 0; n /= 26) word += static_cast<char>('a' + n % 26);
    groups.add({word + ":1", "string", -1, 1, 1});
  }
  EXPECT_LE(groups.by_size().size(), KeyGroups::kGroupsMax + 1);
  EXPECT_EQ(groups.keys(), 5'000);
  EXPECT_EQ(groups.by_size().front()->pattern, KeyGroups::kOthers);
}

}  // namespace
}  // namespace holdfast::posture
