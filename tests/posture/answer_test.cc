// Cache or database, ready or not: the answer for each kind of Redis.
#include "posture/answer.h"

#include <gtest/gtest.h>

namespace holdfast::posture {
namespace {

KeyGroups keys_with(int kept, int passing) {
  KeyGroups keys;
  for (int i = 0; i < kept; ++i) keys.add({"order:" + std::to_string(i), "hash", -1, 100, 1});
  for (int i = 0; i < passing; ++i) keys.add({"session:" + std::to_string(i), "string", 1000, 100, 1});
  return keys;
}

Facts bare() {
  Facts facts;
  facts.is_primary = true;
  facts.aof = false;
  facts.snapshots = false;
  facts.eviction_policy = "noeviction";
  facts.maxmemory = 0;
  return facts;
}

Answer answer_for(const Facts& facts, const KeyGroups& keys) {
  return answer(facts, judge(facts), keys);
}

TEST(Answer, KeysWithATtlAreACache) {
  EXPECT_EQ(answer_for(bare(), keys_with(4, 96)).use, Use::kCache);
  EXPECT_EQ(answer_for(bare(), keys_with(6, 94)).use, Use::kDatabaseNotReady);
}

TEST(Answer, AnEmptyRedisLosesNothing) {
  EXPECT_EQ(answer_for(bare(), KeyGroups()).use, Use::kCache);
}

TEST(Answer, ADatabaseWithAGoodAppendOnlyFileIsReady) {
  Facts facts = bare();
  facts.aof = true;
  facts.aof_write_ok = facts.aof_rewrite_ok = true;
  facts.appendfsync = "everysec";
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseReady);
  facts.appendfsync = "no";
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseNotReady);
  facts.appendfsync = "always";
  facts.aof_write_ok = false;
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseNotReady);
}

TEST(Answer, AJournalMakesItReadyUnlessKeysAreEvicted) {
  Facts facts = bare();
  facts.journals.push_back({"holdfast-journal", true, 10, 0});
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseReady);
  facts.maxmemory = 1 << 20;
  facts.eviction_policy = "allkeys-lru";
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseNotReady);
}

TEST(Answer, SnapshotsAreNotEnough) {
  Facts facts = bare();
  facts.snapshots = true;
  EXPECT_EQ(answer_for(facts, keys_with(10, 0)).use, Use::kDatabaseNotReady);
}

TEST(Answer, TheNextThingsAreThreeAndTheWorstFirst) {
  Facts facts = bare();
  facts.needs_password = false;
  facts.eviction_policy = "allkeys-lru";
  const Answer found = answer_for(facts, keys_with(10, 0));
  ASSERT_EQ(found.next.size(), 3u);
  EXPECT_NE(found.next[0].find("put Holdfast in front"), std::string::npos);
  EXPECT_TRUE(found.next[1].starts_with("password: ")) << found.next[1];
}

TEST(Answer, ACacheIsNotToldToBePersistent) {
  for (const std::string& next : answer_for(bare(), keys_with(0, 10)).next) {
    EXPECT_FALSE(next.starts_with("persistence")) << next;
    EXPECT_FALSE(next.starts_with("aof")) << next;
  }
}

}  // namespace
}  // namespace holdfast::posture
