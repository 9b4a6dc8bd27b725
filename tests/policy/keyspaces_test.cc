// What the golden files cannot say: transactions, and what a decision costs.
#include "policy/keyspaces.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

namespace holdfast::policy {
namespace {

class Transaction : public ::testing::Test {
 protected:
  Decision queue(std::vector<std::string_view> arguments) {
    KeyUses uses;
    const CommandId id = find_command(arguments[0], arguments.size() > 1 ? arguments[1] : "");
    find_keys(id, arguments, uses);
    // Twice: what has to wait is decided again.
    keyspaces_.decide(id, arguments, uses, 0, &owed_);
    return keyspaces_.decide(id, arguments, uses, 0, &owed_).decision;
  }

  Keyspaces keyspaces_{config::load_text("[environment.default]\n"
                                         "[[environment.default.keyspace]]\n"
                                         "name = 'sessions'\nkeys = ['s:*']\nttl = { max = '1h' }\n",
                                         "h.toml")
                           .config->environments.front()};
  OwedTtls owed_;
};

TEST_F(Transaction, MayMakeAKeyAndGiveItsTtlAfterwards) {
  EXPECT_EQ(queue({"HSET", "s:1", "f", "v"}), Decision::kAllow);
  EXPECT_EQ(queue({"SET", "s:2", "v"}), Decision::kAllow);
  EXPECT_TRUE(owed_.owes("s:1"));
  EXPECT_EQ(queue({"EXPIRE", "s:1", "10"}), Decision::kAllow);
  EXPECT_FALSE(owed_.owes("s:1"));
  EXPECT_EQ(owed_.first(), "s:2");
  EXPECT_EQ(queue({"PEXPIREAT", "s:2", "10", "NX"}), Decision::kAllow);
  EXPECT_TRUE(owed_.empty());
}

TEST_F(Transaction, WhatMayLeaveTheKeyWithoutATtlDoesNotCount) {
  ASSERT_EQ(queue({"INCR", "s:1"}), Decision::kAllow);
  // XX and GT do nothing to a key without one; the others are refused by Redis when EXEC runs them.
  for (const std::vector<std::string_view>& command :
       std::vector<std::vector<std::string_view>>{{"EXPIRE", "s:1", "10", "XX"},
                                                  {"EXPIRE", "s:1", "10", "GT"},
                                                  {"EXPIRE", "s:1", "10", "NONSENSE"},
                                                  {"EXPIRE", "s:1", "10", "NX", "GT"},
                                                  {"EXPIRE", "s:1", "ten"},
                                                  {"EXPIRE", "s:1", "-9223372036854775808"},
                                                  {"SET", "s:1", "v", "NX", "EX", "10"},
                                                  {"GETEX", "s:1", "EX", "10", "NONSENSE"}}) {
    queue(command);
    EXPECT_TRUE(owed_.owes("s:1")) << command[2];
  }
  EXPECT_EQ(queue({"EXPIRE", "s:1", "7200"}), Decision::kRefuse);
  EXPECT_TRUE(owed_.owes("s:1"));
  // What is taken away again, or made after its TTL.
  EXPECT_EQ(queue({"EXPIRE", "s:1", "10"}), Decision::kAllow);
  EXPECT_TRUE(owed_.empty());
  EXPECT_EQ(queue({"PERSIST", "s:1"}), Decision::kAllow);
  EXPECT_TRUE(owed_.owes("s:1"));
}

TEST_F(Transaction, ARenamedKeyTakesItsDebtAlong) {
  queue({"HSET", "s:1", "f", "v"});
  EXPECT_EQ(queue({"RENAME", "s:1", "s:2"}), Decision::kAllow);
  EXPECT_TRUE(owed_.owes("s:2"));
}

TEST_F(Transaction, RemembersSoManyKeysAndNoMore) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < OwedTtls::kMax; ++i) keys.push_back("s:" + std::to_string(i));
  for (const std::string& key : keys) ASSERT_EQ(queue({"INCR", key}), Decision::kAllow);
  EXPECT_EQ(queue({"INCR", "s:one-more"}), Decision::kRefuse);
  EXPECT_EQ(queue({"INCR", "s:0"}), Decision::kAllow);
}

}  // namespace
}  // namespace holdfast::policy
