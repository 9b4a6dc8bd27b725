// What is not a request, in every fragmentation; the texts are Redis's own where Redis has one
// (request_server_test.cc compares them).

#include <gtest/gtest.h>

#include <string>

#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using std::string_literals::operator""s;
using testing::expect_error;

constexpr char kBadCount[] = "invalid multibulk length";
constexpr char kBadLength[] = "invalid bulk length";

TEST(RequestErrors, CountsThatAreNoNumbers) {
  for (const char* count : {"", "x", "-", "+1", " 1", "1 ", "1x", "x1", "1.0", "0x1", "--1", "-0", "01", "00",
                            "-01", "1\t", "$1"})
    expect_error("*" + std::string(count) + "\r\n", kBadCount);
}

TEST(RequestErrors, LengthsThatAreNoNumbers) {
  for (const char* length :
       {"", "x", "-", "+1", " 1", "1 ", "1x", "1.0", "--1", "-0", "01", "00", "-01", "*1"})
    expect_error("*1\r\n$" + std::string(length) + "\r\na\r\n", kBadLength);
}

TEST(RequestErrors, NegativeLengths) {
  expect_error("*1\r\n$-1\r\n", kBadLength);
  expect_error("*2\r\n$3\r\nGET\r\n$-1\r\n", kBadLength);
  expect_error("*1\r\n$-2147483649\r\n", kBadLength);
}

TEST(RequestErrors, HugeNumbers) {
  for (const char* number : {"2147483648", "4294967297", "999999999999999999", "1000000000000000000",
                             "9223372036854775807", "9223372036854775808", "9999999999999999999",
                             "18446744073709551617", "100000000000000000000000000000000000000000"}) {
    expect_error("*" + std::string(number) + "\r\n", kBadCount);
    expect_error("*1\r\n$" + std::string(number) + "\r\n", kBadLength);
  }
  expect_error("*-9999999999999999999\r\n", kBadCount);
  expect_error("*1\r\n$-9999999999999999999\r\n", kBadLength);
}

// As Redis, which judges a length when its line has ended, or is longer than any length could be.
TEST(RequestErrors, DigitsWithoutEnd) {
  expect_error("*" + std::string(1000, '1') + "\r\n", kBadCount);
  expect_error("*" + std::string(1000, '0') + "\r\n", kBadCount);
  expect_error("*1\r\n$" + std::string(1000, '1') + "\r\n", kBadLength);
}

TEST(RequestErrors, ALengthLineThatDoesNotEndIsNotGatheredForEver) {
  const std::string digits(64 * 1024 + 1, '1');
  RequestParser parser;
  std::string input = "*" + digits;
  ASSERT_EQ(parser.parse(input.data(), input.size()), RequestParser::Outcome::kError);
  EXPECT_EQ(parser.error_reply(), "-ERR Protocol error: too big mbulk count string\r\n");
  input = "*1\r\n$" + digits;
  ASSERT_EQ(parser.parse(input.data(), input.size()), RequestParser::Outcome::kError);
  EXPECT_EQ(parser.error_reply(), "-ERR Protocol error: too big bulk count string\r\n");
  input = "*" + std::string(1000, '1');
  EXPECT_EQ(parser.parse(input.data(), input.size()), RequestParser::Outcome::kNeedMore);
}

TEST(RequestErrors, SomethingElseThanALength) {
  expect_error("*1\r\n:1\r\n", "expected '$', got ':'");
  expect_error("*1\r\n*1\r\n", "expected '$', got '*'");
  expect_error("*1\r\nPING\r\n", "expected '$', got 'P'");
  expect_error("*2\r\n$3\r\nGET\r\nkey\r\n", "expected '$', got 'k'");
  // A value longer than it said: what is left of it stands where the next length should.
  expect_error("*2\r\n$1\r\nabcde\r\n$1\r\nb\r\n", "expected '$', got 'd'");
}

// What cannot be printed is not sent back: a line end in the reply would be taken for a second reply.
TEST(RequestErrors, HostileBytesAreNotEchoed) {
  expect_error("*1\r\n\r\n", "expected '$', got '?'");
  expect_error("*1\r\n\n", "expected '$', got '?'");
  expect_error("*1\r\n\0"s, "expected '$', got '?'");
  expect_error("*1\r\n\xff", "expected '$', got '?'");
  expect_error("*1\r\n\x7f", "expected '$', got '?'");
}

// Redis skips whatever byte stands behind the CR. A parser that does not would see other borders, so this
// one refuses (as Redis itself does for a LF alone).
TEST(RequestErrors, LineEndsThatAreNotCrLf) {
  expect_error("*1\rx$4\r\nPING\r\n", kBadCount);
  expect_error("*1\r\r\n$4\r\nPING\r\n", kBadCount);
  expect_error("*1\n$4\r\nPING\r\n", kBadCount);
  expect_error("*1\r\n$4\rxPING\r\n", kBadLength);
  expect_error("*1\r\n$4\nPING\r\n", kBadLength);
}

TEST(RequestErrors, NulsInNumbers) {
  expect_error("*1\0\r\n"s, kBadCount);
  expect_error("*\0\r\n"s, kBadCount);
  expect_error("*1\r\n$1\0\r\na\r\n"s, kBadLength);
}

TEST(RequestErrors, AParserGoesOnWithTheNextConnectionAfterAnError) {
  RequestParser parser;
  const std::string bad = "*x\r\n";
  const std::string good = "PING\r\n";
  EXPECT_EQ(parser.parse(bad.data(), bad.size()), RequestParser::Outcome::kError);
  EXPECT_EQ(parser.parse(good.data(), good.size()), RequestParser::Outcome::kRequest);
  ASSERT_EQ(parser.arguments().size(), 1u);
  EXPECT_EQ(parser.arguments()[0], "PING");
}

}  // namespace
}  // namespace holdfast::resp
