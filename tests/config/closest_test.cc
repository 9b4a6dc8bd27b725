#include "base/closest.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

constexpr std::string_view kKnown[] = {"listen", "links", "mode", "durability", "get", "set"};

TEST(Closest, FindsAWordWithOneSlip) {
  EXPECT_EQ(closest("lisen", kKnown), "listen");    // missing
  EXPECT_EQ(closest("lisstne", kKnown), "listen");  // extra and swapped
  EXPECT_EQ(closest("mide", kKnown), "mode");       // changed
  EXPECT_EQ(closest("lniks", kKnown), "links");     // swapped
  EXPECT_EQ(closest("durabilty", kKnown), "durability");
}

TEST(Closest, TakesUpperAndLowerCaseForTheSame) {
  EXPECT_EQ(closest("LISTEN", kKnown), "listen");
}

TEST(Closest, AnswersNothingWhenAllAreTooFar) {
  EXPECT_EQ(closest("colour", kKnown), std::nullopt);
  EXPECT_EQ(closest("", kKnown), std::nullopt);
  EXPECT_EQ(closest("x", kKnown), std::nullopt);
  EXPECT_EQ(closest("mode", {}), std::nullopt);
  EXPECT_EQ(closest(std::string(1000, 'm'), kKnown), std::nullopt);
}

TEST(Closest, TakesTheFirstOnATie) {
  EXPECT_EQ(closest("xet", kKnown), "get");
}

}  // namespace
}  // namespace holdfast
