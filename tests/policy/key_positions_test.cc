// Which arguments are keys: one line per shape of command, and every known way to hide a key.

#include "policy/key_positions.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/policy/key_uses_text.h"

namespace holdfast::policy {
namespace {

// Words between spaces; '' is the empty argument.
std::string keys_in(const std::string& text) {
  std::vector<std::string> line;
  std::istringstream words(text);
  for (std::string word; words >> word;) line.push_back(word == "''" ? "" : word);
  return keys_of(line);
}

TEST(KeyPositions, OfSimpleCommands) {
  EXPECT_EQ(keys_in("GET k"), "1 RO access");
  EXPECT_EQ(keys_in("get k"), "1 RO access");
  EXPECT_EQ(keys_in("EXISTS a b"), "1 RO, 2 RO");
  EXPECT_EQ(keys_in("DEL a b c"), "1 RM delete, 2 RM delete, 3 RM delete");
  EXPECT_EQ(keys_in("MSET a 1 b 2"), "1 OW update, 3 OW update");
  EXPECT_EQ(keys_in("LPUSH k 1 2"), "1 RW insert");
  EXPECT_EQ(keys_in("BLPOP a b 0"), "1 RW access delete, 2 RW access delete");
  EXPECT_EQ(keys_in("WATCH a b"), "1 RO, 2 RO");
  EXPECT_EQ(keys_in("PING"), "");
  EXPECT_EQ(keys_in("PING k"), "");
  EXPECT_EQ(keys_in("SCAN 0 MATCH a*"), "");
}

TEST(KeyPositions, OfCommandsWithTwoKindsOfKeys) {
  EXPECT_EQ(keys_in("COPY a b REPLACE"), "1 RO access, 2 OW update");
  EXPECT_EQ(keys_in("RENAME a b"), "1 RW access delete, 2 OW update");
  EXPECT_EQ(keys_in("BITOP AND d a b"), "2 OW update, 3 RO access, 4 RO access");
  EXPECT_EQ(keys_in("SINTERSTORE d a b"), "1 RW update, 2 RO access, 3 RO access");
  EXPECT_EQ(keys_in("PFMERGE d a"), "1 RW access insert, 2 RO access");
  EXPECT_EQ(keys_in("GEOSEARCHSTORE d a FROMMEMBER m BYRADIUS 1 m"), "1 OW update, 2 RO access");
}

TEST(KeyPositions, OfSubcommands) {
  EXPECT_EQ(keys_in("OBJECT ENCODING k"), "2 RO");
  EXPECT_EQ(keys_in("OBJECT HELP"), "");
  EXPECT_EQ(keys_in("MEMORY USAGE k"), "2 RO");
  EXPECT_EQ(keys_in("XINFO STREAM k"), "2 RO access");
  EXPECT_EQ(keys_in("XGROUP CREATE k g $"), "2 RW insert");
  EXPECT_EQ(keys_in("DEBUG OBJECT k"), "2 RO access");
  EXPECT_EQ(keys_in("DEBUG DIGEST-VALUE a b"), "2 RO access, 3 RO access");
  EXPECT_EQ(keys_in("DEBUG RELOAD"), "?");
}

TEST(KeyPositions, OfCommandsThatCountTheirKeys) {
  EXPECT_EQ(keys_in("EVAL s 2 a b c"), "3 RW access update, 4 RW access update");
  EXPECT_EQ(keys_in("EVAL s 0 a"), "");
  EXPECT_EQ(keys_in("EVAL_RO s 1 a b"), "3 RO access");
  EXPECT_EQ(keys_in("FCALL f 1 a b"), "3 RW access update");
  EXPECT_EQ(keys_in("ZUNIONSTORE d 2 a b WEIGHTS 1 2"), "1 OW update, 3 RO access, 4 RO access");
  EXPECT_EQ(keys_in("SINTERCARD 1 a LIMIT 5"), "2 RO access");
  EXPECT_EQ(keys_in("LMPOP 2 a b LEFT"), "2 RW access delete, 3 RW access delete");
  EXPECT_EQ(keys_in("BZMPOP 0 1 a MIN"), "3 RW access delete");
}

TEST(KeyPositions, OfACountThatMakesNoSenseAreUnknown) {
  for (const char* count : {"3", "-1", "-0", "01", "1x", "x", "''", "+1", "99999999999999999999"}) {
    EXPECT_EQ(keys_in(std::string("EVAL s ") + count + " a b"), "?") << count;
  }
  EXPECT_EQ(keys_in("ZUNIONSTORE d 9 a"), "1 OW update, ?");
}

TEST(KeyPositions, OfWhatNobodyKnowsAreUnknown) {
  EXPECT_EQ(keys_in("FT.SEARCH i q"), "?");
  EXPECT_EQ(keys_in("OBJECT FRESHNESS k"), "?");
  EXPECT_EQ(keys_in("XINFO"), "?");
}

TEST(KeyPositions, WhatAnOptionDoesToTheKey) {
  EXPECT_EQ(keys_in("SET k v"), "1 OW update");
  EXPECT_EQ(keys_in("SET k v EX 10 GET"), "1 RW access update");
  EXPECT_EQ(keys_in("SET k get"), "1 OW update");
  EXPECT_EQ(keys_in("BITFIELD k GET u8 0 OVERFLOW FAIL GET u8 8"), "1 RO access");
  EXPECT_EQ(keys_in("BITFIELD k GET u8 0 SET u8 0 1"), "1 RW access update");
  EXPECT_EQ(keys_in("BITFIELD k"), "1 RO access");
}

TEST(KeyPositions, OfChannels) {
  EXPECT_EQ(keys_in("PUBLISH c m"), "channel 1 publish");
  EXPECT_EQ(keys_in("SPUBLISH c m"), "shard-channel 1 publish");
  EXPECT_EQ(keys_in("SUBSCRIBE a b"), "channel 1 subscribe, channel 2 subscribe");
  EXPECT_EQ(keys_in("PSUBSCRIBE a*"), "channel-pattern 1 subscribe");
  EXPECT_EQ(keys_in("SSUBSCRIBE a"), "shard-channel 1 subscribe");
  EXPECT_EQ(keys_in("UNSUBSCRIBE a"), "channel 1 leave");
  EXPECT_EQ(keys_in("PUNSUBSCRIBE"), "");
}

// --- The ways to hide a key ---

TEST(KeyBypasses, SortReadsKeysMadeOfPatterns) {
  EXPECT_EQ(keys_in("SORT k BY w_*->f GET o_* GET # STORE d"),
            "1 RO access, pattern 3 RO access, pattern 5 RO access, 9 OW update");
  EXPECT_EQ(keys_in("SORT_RO k BY w_* LIMIT 0 5"), "1 RO access, pattern 3 RO access");
  EXPECT_EQ(keys_in("SORT k BY nosort"), "1 RO access");
}

TEST(KeyBypasses, SortWithTwoStores) {
  EXPECT_EQ(keys_in("SORT k STORE a STORE b"), "1 RO access, 3 OW update, 5 OW update");
  // Redis 7.0's own search takes "by" for an option here and misses the second STORE.
  EXPECT_EQ(keys_in("SORT k STORE by STORE b"), "1 RO access, 3 OW update, 5 OW update");
  EXPECT_EQ(keys_in("SORT k LIMIT STORE a STORE b"), "1 RO access, 6 OW update");
  EXPECT_EQ(keys_in("SORT k GET STORE STORE b"), "1 RO access, 5 OW update");
}

TEST(KeyBypasses, GeoradiusWithTwoStores) {
  EXPECT_EQ(keys_in("GEORADIUS k 0 0 1 m STORE a STORE b"), "1 RO access, 7 OW update, 9 OW update");
  EXPECT_EQ(keys_in("GEORADIUS k 0 0 1 m STORE a STOREDIST b"), "1 RO access, 7 OW update, 9 OW update");
  EXPECT_EQ(keys_in("GEORADIUS k 0 0 1 m STORE STORE STOREDIST b"), "1 RO access, 7 OW update, 9 OW update");
  EXPECT_EQ(keys_in("GEORADIUSBYMEMBER k STORE 1 m STORE a"), "1 RO access, 6 OW update");
  EXPECT_EQ(keys_in("GEORADIUSBYMEMBER k m 1 m COUNT 3 ANY STORE a"), "1 RO access, 9 OW update");
  EXPECT_EQ(keys_in("GEORADIUS_RO k 0 0 1 m STORE a"), "1 RO access");
}

TEST(KeyBypasses, XreadgroupWithAGroupNamedStreams) {
  EXPECT_EQ(keys_in("XREADGROUP GROUP STREAMS c COUNT 1 STREAMS k >"), "7 RO access");
  // Redis 7.0's own search takes the group for the word and finds other keys.
  EXPECT_EQ(keys_in("XREADGROUP COUNT 1 GROUP STREAMS c STREAMS k >"), "7 RO access");
  EXPECT_EQ(keys_in("XREADGROUP GROUP g STREAMS NOACK STREAMS STREAMS k > 0"), "6 RO access, 7 RO access");
  EXPECT_EQ(keys_in("XREAD BLOCK 0 COUNT 1 STREAMS a b 0 0"), "6 RO access, 7 RO access");
  EXPECT_EQ(keys_in("XREAD STREAMS a b 0"), "?");
  EXPECT_EQ(keys_in("XREAD NOTHING STREAMS a 0"), "?");
}

TEST(KeyBypasses, MigrateWithKeysTwice) {
  EXPECT_EQ(keys_in("MIGRATE h 1 k 0 10"), "3 RW access delete");
  EXPECT_EQ(keys_in("MIGRATE h 1 '' 0 10 KEYS a KEYS b"),
            "7 RW access delete, 8 RW access delete, 9 RW access delete");
  EXPECT_EQ(keys_in("MIGRATE h 1 '' 0 10 AUTH KEYS AUTH2 KEYS KEYS KEYS a"), "12 RW access delete");
  EXPECT_EQ(keys_in("MIGRATE h 1 k 0 10 KEYS a"), "3 RW access delete, 7 RW access delete");
}

TEST(KeyBypasses, AKeyPastWhatIsAtHandMakesTheAnswerIncomplete) {
  EXPECT_EQ(keys_of({"SET", "k"}, 3), "1 OW update");
  EXPECT_EQ(keys_of({"SET", "k"}, 4), "1 RW access update");
  EXPECT_EQ(keys_of({"MSET", "k"}, 5), "1 OW update, 3 OW update, ?");
  EXPECT_EQ(keys_of({"SORT", "k"}, 4), "1 RO access, ?");
  EXPECT_EQ(keys_of({"EVAL", "s"}, 5), "?");
  EXPECT_EQ(keys_of({"LPUSH", "k", "1"}, 1000), "1 RW insert");
}

// --- Whatever comes ---

// Any bytes as arguments: nothing is read past them, no index is out of range, and it says so when it does
// not know. Run it with another seed: HOLDFAST_SEED=7.
TEST(KeyPositions, SurviveArgumentsOfAnyKind) {
  const char* given = std::getenv("HOLDFAST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> words = {"",
                                          "STORE",
                                          "storedist",
                                          "KEYS",
                                          "STREAMS",
                                          "GROUP",
                                          "GET",
                                          "BY",
                                          "LIMIT",
                                          "COUNT",
                                          "BLOCK",
                                          "AUTH2",
                                          "1",
                                          "2",
                                          "-1",
                                          "9223372036854775807",
                                          "SET",
                                          "OBJECT",
                                          std::string("\0\r\n", 3),
                                          "0",
                                          "NOACK"};
  KeyUses uses;
  for (int round = 0; round < 100'000; ++round) {
    const auto id = static_cast<CommandId>(random() % commands().size());
    // Each in a block of its own size, so that a sanitizer sees what reads past it.
    std::vector<std::vector<char>> blocks;
    std::vector<std::string_view> line;
    for (size_t i = 0, count = 1 + random() % 9; i < count; ++i) {
      const std::string& word = words[random() % words.size()];
      const auto& block = blocks.emplace_back(word.begin(), word.end());
      line.emplace_back(block.data(), block.size());
    }
    const size_t total = line.size() + (random() % 4 == 0 ? random() % 5 : 0);
    find_keys(id, line, uses, total);
    for (const KeyUse& use : uses.all()) {
      ASSERT_GE(use.argument, 1u) << command(id).name;
      ASSERT_LT(use.argument, total) << command(id).name;
      if (use.argument >= line.size()) {
        ASSERT_FALSE(uses.all_known()) << command(id).name;
      }
    }
  }
}

}  // namespace
}  // namespace holdfast::policy
