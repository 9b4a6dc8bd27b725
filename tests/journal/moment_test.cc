// Moments as people write them.
#include "journal/moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::journal {
namespace {

constexpr int64_t kNow = 1'764'165'900'500;  // 2025-11-26T14:05:00.500Z

int64_t time_of(const std::string& text) {
  const auto moment = parse_moment(text, kNow);
  if (!moment.ok()) {
    ADD_FAILURE() << text << ": " << moment.error().message();
    return 0;
  }
  EXPECT_EQ(moment.value().kind, Moment::Kind::kTime) << text;
  return moment.value().time_ms;
}

std::string problem_of(const std::string& text) {
  const auto moment = parse_moment(text, kNow);
  return moment.ok() ? "taken" : moment.error().message();
}

TEST(Moment, LatestAndOffsets) {
  EXPECT_EQ(parse_moment("latest", kNow).value().kind, Moment::Kind::kLatest);
  EXPECT_EQ(parse_moment(" NOW ", kNow).value().kind, Moment::Kind::kLatest);
  const auto offset = parse_moment("84321", kNow);
  EXPECT_EQ(offset.value().kind, Moment::Kind::kOffset);
  EXPECT_EQ(offset.value().offset, 84321u);
}

TEST(Moment, CalendarTimes) {
  for (const char* text :
       {"2025-11-26T14:05:00.500Z", "2025-11-26t14:05:00.5z", "2025-11-26 14:05:00.500999Z",
        "2025-11-26T16:05:00.500+02:00", "2025-11-26T16:05:00.5+0200", "2025-11-26T09:05:00,5-05",
        "2025-11-26 14:05:00.5 UTC"})
    EXPECT_EQ(time_of(text), kNow) << text;
  EXPECT_EQ(time_of("2025-11-26T14:05Z"), kNow - 500);
  EXPECT_EQ(time_of("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(time_of(format_time(kNow)), kNow);
  EXPECT_EQ(format_time(kNow), "2025-11-26T14:05:00.500Z");
}

TEST(Moment, Spans) {
  EXPECT_EQ(time_of("5 minutes ago"), kNow - 300'000);
  EXPECT_EQ(time_of("2 hours ago"), kNow - 7'200'000);
  EXPECT_EQ(time_of("an hour ago"), kNow - 3'600'000);
  EXPECT_EQ(time_of("1.5h ago"), kNow - 5'400'000);
  EXPECT_EQ(time_of("1h30m ago"), kNow - 5'400'000);
  EXPECT_EQ(time_of("1 hour and 30 minutes ago"), kNow - 5'400'000);
  EXPECT_EQ(time_of("3 days, 2 hours ago"), kNow - 74 * 3'600'000);
  EXPECT_EQ(time_of("250ms ago"), kNow - 250);
  EXPECT_EQ(time_of("Yesterday"), kNow - 86'400'000);
  EXPECT_EQ(time_of("@1764165900.5"), kNow);
}

TEST(Moment, WhatIsNoneSaysWhatIs) {
  for (const char* text : {"", "soon", "5 minutes", "ago", "5 parsecs ago", "2025-13-01T00:00:00Z",
                           "2025-02-29T00:00:00Z", "2025-11-26T25:00:00Z", "2025-11-26T14:05:00Zulu", "-5",
                           "1 month ago", "@x", "99999999999999999999 days ago"})
    EXPECT_THAT(problem_of(text), ::testing::HasSubstr("is no moment; write latest")) << text;
  EXPECT_THAT(problem_of("99999999999999999999"), ::testing::HasSubstr("larger than any"));
}

TEST(Moment, ATimeNeedsAZone) {
  EXPECT_THAT(problem_of("2025-11-26T14:05:00"),
              ::testing::HasSubstr("has no time zone; write 2025-11-26T14:05:00Z for UTC"));
  EXPECT_THAT(problem_of("2025-11-26"), ::testing::HasSubstr("2025-11-26T00:00:00Z"));
}

}  // namespace
}  // namespace holdfast::journal
