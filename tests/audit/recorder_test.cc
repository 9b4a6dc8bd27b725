// What is merged, when it is passed on, and that a storm stays small.
#include "audit/recorder.h"

#include <gtest/gtest.h>

namespace holdfast::audit {
namespace {

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() { recorder.turn(true); }

  void record(std::string_view user, uint64_t command, int64_t now_ms) {
    Sighting sighting;
    sighting.environment = "prod";
    sighting.user = user;
    sighting.rule = "@builtin";
    sighting.verdict = "refused";
    recorder.record(sighting, command, now_ms);
  }
  std::vector<Event> take(int64_t now_ms, bool all = false) {
    std::vector<Event> events;
    recorder.take(events, now_ms, all);
    return events;
  }

  int woken = 0;
  Recorder recorder{[this] { ++woken; }};
};

TEST_F(RecorderTest, TheFirstIsPassedOnAtOnceAndTheRestAsOne) {
  record("app", 1, 1000);
  EXPECT_EQ(woken, 1);
  ASSERT_EQ(take(1000).size(), 1u);
  for (int i = 1; i <= 100; ++i) record("app", 1, 1000 + i);
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(take(1000 + Recorder::kWindowMs - 1).empty());
  const auto events = take(1000 + Recorder::kWindowMs);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].count, 100u);
  EXPECT_EQ(events[0].since_ms, 1001);
  EXPECT_EQ(events[0].time_ms, 1100);
  // A new window begins with the next one.
  record("app", 1, 20'000);
  EXPECT_EQ(take(20'000).size(), 1u);
  EXPECT_TRUE(take(90'000).empty());
}

TEST_F(RecorderTest, UserAndCommandAreKeptApart) {
  record("app", 1, 0);
  record("other", 1, 0);
  record("app", 2, 0);
  EXPECT_EQ(take(0).size(), 3u);
}

TEST_F(RecorderTest, AtTheEndNothingIsHeldBack) {
  record("app", 1, 0);
  record("app", 1, 1);
  const auto events = take(1, true);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].count, 1u);
  EXPECT_EQ(events[1].since_ms, 0);
}

TEST_F(RecorderTest, AStormOfKindsIsBoundedAndCounted) {
  for (uint64_t command = 0; command < 10'000; ++command) record("app", command, 0);
  EXPECT_EQ(take(0).size(), Recorder::kMostWaiting);
  EXPECT_EQ(recorder.take_dropped(), 10'000 - Recorder::kMostWaiting);
  EXPECT_EQ(recorder.take_dropped(), 0u);
}

TEST_F(RecorderTest, TurnedOffItKeepsNothing) {
  recorder.turn(false);
  record("app", 1, 0);
  EXPECT_EQ(woken, 0);
  EXPECT_TRUE(take(0, true).empty());
}

}  // namespace
}  // namespace holdfast::audit
