// What is said about keys.
#include "posture/key_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::posture {
namespace {

KeyGroups keys_with(int kept, int passing, int64_t bytes = 100, int64_t idle_s = 1) {
  KeyGroups keys;
  for (int i = 0; i < kept; ++i) keys.add({"order:" + std::to_string(i), "hash", -1, bytes, idle_s});
  for (int i = 0; i < passing; ++i) keys.add({"order:p" + std::to_string(i), "hash", 1000, bytes, idle_s});
  return keys;
}

TEST(KeyNotes, NothingToSay) {
  EXPECT_TRUE(key_notes(KeyGroups()).empty());
  EXPECT_TRUE(key_notes(keys_with(50, 0)).empty());
  EXPECT_TRUE(key_notes(keys_with(0, 50)).empty());
  EXPECT_TRUE(key_notes(keys_with(5, 5)).empty()) << "too few to judge by";
}

TEST(KeyNotes, SomeWithATtlAndSomeWithout) {
  const auto notes = key_notes(keys_with(30, 20));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].name, "mixed-ttl");
  EXPECT_EQ(notes[0].pattern, "order:*");
  EXPECT_EQ(notes[0].severity, Severity::kWarning);
  EXPECT_THAT(notes[0].reason, ::testing::HasSubstr("40% have a TTL"));
}

TEST(KeyNotes, LargeAndForgottenOnes) {
  const auto large = key_notes(keys_with(1, 0, 3 << 20));
  ASSERT_EQ(large.size(), 1u);
  EXPECT_EQ(large[0].name, "large-value");
  const auto idle = key_notes(keys_with(3, 0, 100, 40 * 86'400));
  ASSERT_EQ(idle.size(), 1u);
  EXPECT_EQ(idle[0].name, "idle");
  EXPECT_EQ(idle[0].severity, Severity::kInfo);
  EXPECT_THAT(idle[0].reason, ::testing::HasSubstr("40 days"));
}

}  // namespace
}  // namespace holdfast::posture
