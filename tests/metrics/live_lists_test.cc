// What workers leave for the dashboard: hot keys, slow requests, refusals. All of it bounded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/hot_keys.h"
#include "metrics/recent_refusals.h"
#include "metrics/refusal_counts.h"
#include "metrics/slow_log.h"

namespace holdfast::metrics {
namespace {

TEST(HotKeys, WhatIsAskedForMostIsFoundInBoundedMemory) {
  HotKeys keys;
  for (int i = 0; i < 20'000; ++i) {
    keys.offer("cold:" + std::to_string(i));
    if (i % 4 == 0) keys.offer("hot");
    if (i % 10 == 0) keys.offer("warm");
  }
  const std::vector<HotKey> top = keys.top(2);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].name, "hot");
  EXPECT_EQ(top[1].name, "warm");
  EXPECT_GE(top[0].count, 5'000u);
  EXPECT_LE(top[0].count - top[0].error, 5'000u);
  EXPECT_EQ(keys.top(1000).size(), HotKeys::kKept);
}

TEST(HotKeys, OldHeatFades) {
  HotKeys keys;
  for (int i = 0; i < 8; ++i) keys.offer("yesterday");
  for (int i = 0; i < 4; ++i) keys.age();
  EXPECT_TRUE(keys.top(10).empty());
}

TEST(HotKeys, WorkersAddUp) {
  const auto all = merged({{{"a", 5, 0}, {"b", 3, 1}}, {{"b", 4, 0}}}, 10);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "b");
  EXPECT_EQ(all[0].count, 7u);
  EXPECT_EQ(all[0].error, 1u);
}

TEST(HotKeys, ALongNameIsCut) {
  HotKeys keys;
  keys.offer(std::string(10'000, 'k'));
  EXPECT_EQ(keys.top(1)[0].name.size(), HotKeys::kNameMax);
}

SlowRequest slow(std::string key, uint64_t queued_ns, uint64_t redis_ns, uint64_t durable_ns) {
  SlowRequest request;
  request.key = std::move(key);
  request.queued_ns = queued_ns;
  request.redis_ns = redis_ns;
  request.durable_ns = durable_ns;
  return request;
}

Refusal refusal(int64_t unix_ms, std::string command) {
  Refusal one;
  one.unix_ms = unix_ms;
  one.command = std::move(command);
  return one;
}

TEST(SlowLog, KeepsTheNewestAndKnowsTheSlowest) {
  SlowLog log;
  for (uint64_t i = 1; i <= 1'000; ++i) log.add(slow(std::to_string(i), i % 2, i, 3));
  EXPECT_EQ(log.total(), 1'000u);
  EXPECT_EQ(log.newest(1)[0].key, "1000");
  EXPECT_EQ(log.newest(5'000).size(), SlowLog::kKept);
  EXPECT_EQ(log.slowest(1)[0].total_ns(), 1'003u);
  log.reset();
  EXPECT_TRUE(log.newest(1).empty());
}

TEST(SlowLog, EachEnvironmentHasItsOwn) {
  SlowLog log;
  SlowRequest one = slow("rare", 0, 1, 0);
  one.environment = "quiet";
  log.add(one);
  one.environment = "busy";
  for (uint64_t i = 1; i <= 1'000; ++i) log.add(one);
  EXPECT_EQ(log.newest_of("quiet", 10).size(), 1u);
  EXPECT_EQ(log.newest_of("busy", 1'000).size(), SlowLog::kKept);
  EXPECT_TRUE(log.newest_of("another", 10).empty());
  EXPECT_EQ(log.newest(1'000).size(), SlowLog::kKept + 1);
  EXPECT_EQ(log.newest(1'000).back().environment, "quiet");
}

TEST(RefusalCounts, AreBounded) {
  RefusalCounts counts;
  for (size_t i = 0; i < 2 * RefusalCounts::kRowsMax; ++i)
    counts.add("rule " + std::to_string(i), RefusalReason::kLimit);
  const auto rows = counts.all();
  EXPECT_EQ(rows.size(), RefusalCounts::kRowsMax + 1);
  EXPECT_EQ(rows.back().rule, RefusalCounts::kOtherRule);
  EXPECT_EQ(rows.back().count, RefusalCounts::kRowsMax);
}

TEST(RecentRefusals, AStormIsCountedAndNotKept) {
  RecentRefusals refusals;
  for (int i = 0; i < 1'000; ++i)
    if (i % 2 == 0 || refusals.has_room(5'000 + i / 2)) refusals.add(refusal(5'000 + i / 2, "flushall"));
  EXPECT_EQ(refusals.after(0).size(), size_t{RecentRefusals::kPerSecond});
  EXPECT_EQ(refusals.passed_over(), 1'000u - RecentRefusals::kPerSecond);
  refusals.add(refusal(9'000, "keys"));
  const auto newest = refusals.after(RecentRefusals::kPerSecond);
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].command, "keys");
}

}  // namespace
}  // namespace holdfast::metrics
