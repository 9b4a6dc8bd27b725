#include "config/units.h"

#include <gtest/gtest.h>

namespace holdfast::config {
namespace {

TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_duration_ms("500ms").value(), 500);
  EXPECT_EQ(parse_duration_ms("10s").value(), 10'000);
  EXPECT_EQ(parse_duration_ms("5m").value(), 300'000);
  EXPECT_EQ(parse_duration_ms("24h").value(), 86'400'000);
  EXPECT_EQ(parse_duration_ms("7d").value(), 604'800'000);
  EXPECT_EQ(parse_duration_ms("0s").value(), 0);
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_size_bytes("12B").value(), 12u);
  EXPECT_EQ(parse_size_bytes("64KiB").value(), 65'536u);
  EXPECT_EQ(parse_size_bytes("256MiB").value(), 268'435'456u);
  EXPECT_EQ(parse_size_bytes("1GiB").value(), 1'073'741'824u);
  EXPECT_EQ(parse_size_bytes("2TiB").value(), 2'199'023'255'552u);
  EXPECT_EQ(parse_size_bytes("1KB").value(), 1'000u);
  EXPECT_EQ(parse_size_bytes("1MB").value(), 1'000'000u);
  EXPECT_EQ(parse_size_bytes("50GB").value(), 50'000'000'000u);
}

TEST(Units, SaysWhatIsWrongWithADuration) {
  const std::string help = "; write a whole number and ms, s, m, h or d, as in \"10s\"";
  EXPECT_EQ(parse_duration_ms("10").error().message(), "\"10\" has no unit" + help);
  EXPECT_EQ(parse_duration_ms("10 s").error().message(), "\"10 s\" has an unknown unit" + help);
  EXPECT_EQ(parse_duration_ms("1.5s").error().message(), "\"1.5s\" has an unknown unit" + help);
  EXPECT_EQ(parse_duration_ms("10S").error().message(), "\"10S\" has an unknown unit" + help);
  EXPECT_EQ(parse_duration_ms("").error().message(), "\"\" does not begin with a whole number" + help);
  EXPECT_EQ(parse_duration_ms("-1s").error().message(), "\"-1s\" does not begin with a whole number" + help);
}

TEST(Units, SaysWhatIsWrongWithASize) {
  const std::string help =
      "; write a whole number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, as in \"256MiB\"";
  EXPECT_EQ(parse_size_bytes("256M").error().message(), "\"256M\" has an unknown unit" + help);
  EXPECT_EQ(parse_size_bytes("256").error().message(), "\"256\" has no unit" + help);
}

TEST(Units, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_duration_ms("99999999999999999999s").error().message(),
            "\"99999999999999999999s\" is too large");
  EXPECT_EQ(parse_duration_ms("9223372036854775807d").error().message(),
            "\"9223372036854775807d\" is too large");
  EXPECT_EQ(parse_size_bytes("9999999999TiB").error().message(), "\"9999999999TiB\" is too large");
  EXPECT_EQ(parse_duration_ms("9223372036854775807ms").value(), INT64_MAX);
}

TEST(Units, WritesWhatItReads) {
  for (const char* text : {"1ms", "1500ms", "10s", "5m", "36h", "7d"})
    EXPECT_EQ(format_duration(parse_duration_ms(text).value()), text);
  for (const char* text : {"1B", "64KiB", "256MiB", "16GiB", "1MB"})
    EXPECT_EQ(format_size(parse_size_bytes(text).value()), text);
  EXPECT_EQ(format_duration(0), "0ms");
}

}  // namespace
}  // namespace holdfast::config
