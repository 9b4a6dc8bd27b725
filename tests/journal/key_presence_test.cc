#include "journal/key_presence.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::journal {
namespace {

bool told(KeyPresence& presence, int db, const std::vector<std::string>& words) {
  std::vector<std::string_view> arguments(words.begin(), words.end());
  std::vector<uint64_t> sizes;
  for (const std::string& word : words) sizes.push_back(word.size());
  StreamCommand command;
  command.db = db;
  command.arguments = arguments;
  command.sizes = sizes;
  return presence.is_changed_by(command);
}

TEST(KeyPresence, WhatIsAboutAllKeysCountsWhereTheKeyMayBe) {
  KeyPresence presence("key", std::nullopt);
  EXPECT_TRUE(told(presence, 0, {"FLUSHALL"})) << "nothing is known yet";
  EXPECT_FALSE(told(presence, 0, {"FLUSHALL"}));
  EXPECT_TRUE(told(presence, 3, {"SET", "key", "1"}));
  EXPECT_FALSE(told(presence, 3, {"SET", "other", "1"}));
  EXPECT_FALSE(told(presence, 0, {"FLUSHDB"}));
  EXPECT_FALSE(told(presence, 0, {"SWAPDB", "0", "1"}));
  EXPECT_TRUE(told(presence, 0, {"SWAPDB", "1", "3"}));
  EXPECT_FALSE(told(presence, 3, {"FLUSHDB"})) << "it is in database 1 now";
  EXPECT_TRUE(told(presence, 1, {"FLUSHDB"}));
  EXPECT_FALSE(presence.may_exist());
  EXPECT_TRUE(told(presence, 1, {"SET", "key", "1"}));
  EXPECT_TRUE(told(presence, 1, {"MOVE", "key", "2"}));
  EXPECT_FALSE(told(presence, 1, {"FLUSHDB"}));
  EXPECT_TRUE(told(presence, 2, {"RENAME", "key", "other"}));
  EXPECT_FALSE(told(presence, 2, {"FLUSHALL", "ASYNC"}));
  EXPECT_TRUE(told(presence, 2, {"RENAME", "other", "key"}));
  EXPECT_TRUE(told(presence, 2, {"UNLINK", "a", "key"}));
  EXPECT_FALSE(told(presence, 2, {"FLUSHALL"}));
}

TEST(KeyPresence, ABaseSaysWhereItIs) {
  KeyPresence presence("key", std::nullopt);
  presence.know({5});
  EXPECT_TRUE(presence.may_exist());
  EXPECT_FALSE(told(presence, 0, {"FLUSHDB"}));
  EXPECT_TRUE(told(presence, 5, {"FLUSHDB"}));
  presence.know({});
  EXPECT_FALSE(told(presence, 0, {"FLUSHALL"}));
  presence.forget();
  EXPECT_TRUE(told(presence, 0, {"FLUSHALL"}));
}

TEST(KeyPresence, OneDatabaseIsFollowedThroughTheOthers) {
  KeyPresence presence("key", 0);
  presence.know({3});
  EXPECT_FALSE(presence.may_exist());
  EXPECT_FALSE(told(presence, 0, {"FLUSHDB"}));
  EXPECT_FALSE(told(presence, 3, {"SET", "key", "1"}));
  EXPECT_TRUE(told(presence, 3, {"SWAPDB", "0", "3"}));
  EXPECT_TRUE(told(presence, 0, {"FLUSHALL"}));
}

}  // namespace
}  // namespace holdfast::journal
