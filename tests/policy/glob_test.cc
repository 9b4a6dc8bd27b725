// Patterns against texts, also side by side with a simple recursive reading of Redis's own rules.
#include "policy/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace holdfast::policy {
namespace {

TEST(Glob, MatchesAsRedisDoes) {
  EXPECT_TRUE(matches_glob("order:*", "order:1"));
  EXPECT_TRUE(matches_glob("order:*", "order:"));
  EXPECT_FALSE(matches_glob("order:*", "orders:1"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_TRUE(matches_glob("h?llo", "hello"));
  EXPECT_FALSE(matches_glob("h?llo", "hllo"));
  EXPECT_TRUE(matches_glob("h[ae]llo", "hallo"));
  EXPECT_FALSE(matches_glob("h[^e]llo", "hello"));
  EXPECT_TRUE(matches_glob("h[^e]llo", "hallo"));
  EXPECT_TRUE(matches_glob("h[a-b]llo", "hbllo"));
  EXPECT_TRUE(matches_glob("h[b-a]llo", "hallo"));
  EXPECT_TRUE(matches_glob("a\\*b", "a*b"));
  EXPECT_FALSE(matches_glob("a\\*b", "axb"));
  EXPECT_TRUE(matches_glob("[\\]]", "]"));
  EXPECT_TRUE(matches_glob("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(matches_glob("*a*b", "xxaxxbxx"));
  EXPECT_FALSE(matches_glob("Order", "order"));
}

TEST(Glob, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(20'000, 'a')));
}

// stringmatchlen of Redis 7 (util.c), in its own structure.
bool reference(const char* p, size_t plen, const char* s, size_t slen) {
  while (plen && slen) {
    switch (p[0]) {
      case '*':
        while (plen > 1 && p[1] == '*') ++p, --plen;
        if (plen == 1) return true;
        for (; slen; ++s, --slen)
          if (reference(p + 1, plen - 1, s, slen)) return true;
        return reference(p + 1, plen - 1, s, 0);
      case '?':
        break;
      case '[': {
        ++p, --plen;
        const bool negated = plen && p[0] == '^';
        if (negated) ++p, --plen;
        bool match = false;
        while (true) {
          if (plen >= 2 && p[0] == '\\') {
            ++p, --plen;
            if (p[0] == s[0]) match = true;
          } else if (plen == 0) {
            --p, ++plen;
            break;
          } else if (p[0] == ']') {
            break;
          } else if (plen >= 3 && p[1] == '-') {
            char low = p[0], high = p[2];
            if (low > high) std::swap(low, high);
            p += 2, plen -= 2;
            if (s[0] >= low && s[0] <= high) match = true;
          } else if (p[0] == s[0]) {
            match = true;
          }
          ++p, --plen;
        }
        if (match == negated) return false;
        break;
      }
      case '\\':
        if (plen >= 2) ++p, --plen;
        [[fallthrough]];
      default:
        if (p[0] != s[0]) return false;
    }
    ++s, --slen;
    ++p, --plen;
    if (slen == 0) {
      while (plen && *p == '*') ++p, --plen;
      break;
    }
  }
  while (plen && slen == 0 && *p == '*') ++p, --plen;
  return plen == 0 && slen == 0;
}

TEST(Glob, RandomPatternsAgreeWithRedisOwnWay) {
  std::mt19937 random(20251126);
  const std::string pattern_letters = "aab**?[]^-\\c";
  const std::string text_letters = "aabc-]";
  const auto word = [&](const std::string& letters, size_t most) {
    std::string text(random() % (most + 1), ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    return text;
  };
  for (int i = 0; i < 200'000; ++i) {
    const std::string pattern = word(pattern_letters, 8);
    const std::string text = word(text_letters, 6);
    ASSERT_EQ(matches_glob(pattern, text),
              reference(pattern.data(), pattern.size(), text.data(), text.size()))
        << pattern << " " << text;
  }
}

}  // namespace
}  // namespace holdfast::policy
