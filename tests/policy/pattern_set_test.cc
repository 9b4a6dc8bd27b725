// Thousands of patterns give the answer that trying each of them gives.

#include "policy/pattern_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "policy/glob.h"

namespace holdfast::policy {
namespace {

std::string any_text(std::mt19937& random, size_t most, std::string_view letters) {
  std::string text;
  for (size_t i = random() % (most + 1); i > 0; --i) text += letters[random() % letters.size()];
  return text;
}

TEST(PatternSet, AnswersAsEveryPatternTriedWould) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    PatternSet set;
    for (size_t i = random() % 40; i > 0; --i)
      set.add(any_text(random, 5, "abc*?"), static_cast<uint8_t>(random() % 4));
    set.seal();
    for (int i = 0; i < 100; ++i) {
      const std::string name = any_text(random, 6, "abc");
      const auto wanted = static_cast<uint8_t>(random() % 4);
      const bool expected = std::any_of(set.entries().begin(), set.entries().end(), [&](const auto& entry) {
        const bool matches = name.empty() ? entry.pattern.empty() : matches_glob(entry.pattern, name);
        return matches && (entry.permissions & wanted) == wanted;
      });
      EXPECT_EQ(set.matches(name, wanted), expected) << "'" << name << "' wanting " << int{wanted};
    }
  }
}

TEST(PatternSet, APatternGivenTwiceHasThePermissionsOfBoth) {
  PatternSet set;
  set.add("a*", 1);
  set.add("a*", 2);
  set.add("b*", 1);
  set.seal();
  EXPECT_TRUE(set.matches("a1", 3));
  EXPECT_FALSE(set.matches("b1", 3));
  EXPECT_EQ(set.entries().size(), 2u);
  EXPECT_TRUE(set.contains("a*", 3));
  EXPECT_FALSE(set.contains("a", 0));
}

}  // namespace
}  // namespace holdfast::policy
