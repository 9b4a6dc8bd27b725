// How an event is written.
#include "audit/event.h"

#include <gtest/gtest.h>

namespace holdfast::audit {
namespace {

constexpr int64_t kNoon = 1'772'366'400'123;  // 2026-03-01T12:00:00.123Z

Sighting refusal() {
  Sighting sighting;
  sighting.environment = "prod";
  sighting.user = "app";
  sighting.client = "10.0.0.7:51234";
  sighting.command = "MGET";
  sighting.rule = "get";
  sighting.where = "holdfast.toml:12";
  sighting.verdict = "refused";
  return sighting;
}

TEST(Event, IsOneLineOfJson) {
  const std::string_view keys[] = {"order:1", "order:2"};
  Sighting sighting = refusal();
  sighting.keys = keys;
  EXPECT_EQ(
      to_line(Event(sighting, kNoon)),
      "{\"time\":\"2026-03-01T12:00:00.123Z\",\"event\":\"refused\",\"environment\":\"prod\","
      "\"user\":\"app\",\"client\":\"10.0.0.7:51234\",\"command\":\"MGET\",\"keys\":[\"order:1\","
      "\"order:2\"],\"rule\":\"get\",\"where\":\"holdfast.toml:12\",\"verdict\":\"refused\",\"count\":1}\n");
}

TEST(Event, BytesThatAreNoTextAreEscapedAndLongKeysCut) {
  const std::string long_key(1000, 'k');
  const std::string_view keys[] = {"a\nb\"", "\xff\xc3\xa9\xed\xa0\x80", long_key};
  Sighting sighting = refusal();
  sighting.keys = keys;
  const std::string line = to_line(Event(sighting, kNoon));
  EXPECT_NE(line.find("[\"a\\nb\\\"\",\"\\\\xff\xc3\xa9\\\\xed\\\\xa0\\\\x80\",\"" + std::string(256, 'k') +
                      "...\"]"),
            std::string::npos)
      << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Event, OfManyKeysTheFirstAreNamed) {
  std::vector<std::string_view> keys(100, "k");
  Sighting sighting = refusal();
  sighting.keys = keys;
  const Event event(sighting, kNoon);
  EXPECT_EQ(event.keys.size(), kMostKeys);
  EXPECT_NE(to_line(event).find("\"keys_total\":100"), std::string::npos);
}

TEST(Event, OfTheProcessItselfHasOneSentence) {
  Sighting sighting;
  sighting.kind = Kind::kHoldfast;
  sighting.detail = "stopped";
  EXPECT_EQ(to_line(Event(sighting, kNoon)),
            "{\"time\":\"2026-03-01T12:00:00.123Z\",\"event\":\"holdfast\",\"detail\":\"stopped\"}\n");
}

}  // namespace
}  // namespace holdfast::audit
