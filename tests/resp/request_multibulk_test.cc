// Multibulk requests that are in order, in every fragmentation.

#include <gtest/gtest.h>

#include <string>

#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using std::string_literals::operator""s;
using testing::expect_empty;
using testing::expect_incomplete;
using testing::expect_multibulk;
using testing::Words;

TEST(RequestMultibulk, OneArgument) {
  expect_multibulk("*1\r\n$4\r\nPING\r\n", {"PING"});
}

TEST(RequestMultibulk, SeveralArguments) {
  expect_multibulk("*3\r\n$3\r\nSET\r\n$5\r\norder\r\n$2\r\n17\r\n", {"SET", "order", "17"});
}

TEST(RequestMultibulk, EmptyArguments) {
  expect_multibulk("*1\r\n$0\r\n\r\n", {""});
  expect_multibulk("*3\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n", {"", "", ""});
}

TEST(RequestMultibulk, ValuesMayHoldAnything) {
  expect_multibulk("*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n", {"ECHO", "*1\r\n$4\r\nPING\r\n"});
  const std::string zeros = "*2\r\n$4\r\nECHO\r\n$5\r\n\0a\0\r\n\r\n"s;
  expect_multibulk(zeros, {"ECHO", "\0a\0\r\n"s});
  expect_multibulk("*1\r\n$6\r\n\xff\xfe\x80'\"\\\r\n", {"\xff\xfe\x80'\"\\"});
}

TEST(RequestMultibulk, CountsAndLengthsOfSeveralDigits) {
  std::string bytes = "*12\r\n";
  Words arguments;
  for (int i = 0; i < 12; ++i) {
    arguments.push_back(std::string(static_cast<size_t>(i) * 9, static_cast<char>('a' + i)));
    bytes += "$" + std::to_string(arguments.back().size()) + "\r\n" + arguments.back() + "\r\n";
  }
  expect_multibulk(bytes, arguments);
}

// Redis does not look at the two bytes behind a value either, so the borders are the same.
TEST(RequestMultibulk, TheTwoBytesBehindAValueAreNotLookedAt) {
  expect_multibulk("*2\r\n$3\r\nGETxx$1\r\nk\n\r", {"GET", "k"});
}

TEST(RequestMultibulk, CountsOfNothingHaveNoReply) {
  expect_empty("*0\r\n");
  expect_empty("*-1\r\n");
  expect_empty("*-10\r\n");
  expect_empty("*-999999999999999999\r\n");
}

// A request says early how long it is at the least: a value is not parsed again for each of its bytes.
TEST(RequestMultibulk, NeedsAtLeastWhatItHasAnnounced) {
  expect_incomplete("", 1);
  expect_incomplete("*", 2);
  expect_incomplete("*3", 3);
  expect_incomplete("*3\r", 4);
  expect_incomplete("*3\r\n", 4 + 3 * 6);
  expect_incomplete("*3\r\n$", 4 + 3 * 6);
  expect_incomplete("*3\r\n$3\r\n", 8 + 5 + 2 * 6);
  expect_incomplete("*3\r\n$3\r\nSET\r\n", 13 + 2 * 6);
  expect_incomplete("*3\r\n$3\r\nSET\r\n$100\r\nabc", 19 + 102 + 6);
  expect_incomplete("*1\r\n$123456", 12);
}

TEST(RequestMultibulk, TellsTheArgumentsThatAreComplete) {
  const std::string bytes = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nabc";
  RequestParser parser;
  ASSERT_EQ(parser.parse(bytes.data(), bytes.size()), RequestParser::Outcome::kNeedMore);
  EXPECT_EQ(Words(parser.arguments().begin(), parser.arguments().end()), (Words{"SET", "k"}));
  EXPECT_FALSE(parser.is_inline());
}

TEST(RequestMultibulk, OneParserServesRequestsOfAllKindsInTurn) {
  testing::RequestReader reader;
  reader.feed("*2\r\n$3\r\nGET\r\n$1\r\na\r\nGET \"b c\"\r\n\r\n*0\r\n*1\r\n$4\r\nPING\r\n");
  ASSERT_EQ(reader.parsed().size(), 5u);
  EXPECT_EQ(reader.parsed()[0].arguments, (Words{"GET", "a"}));
  EXPECT_EQ(reader.parsed()[1].arguments, (Words{"GET", "b c"}));
  EXPECT_TRUE(reader.parsed()[1].is_inline);
  EXPECT_EQ(reader.parsed()[2].outcome, RequestParser::Outcome::kEmpty);
  EXPECT_EQ(reader.parsed()[3].outcome, RequestParser::Outcome::kEmpty);
  EXPECT_EQ(reader.parsed()[4].arguments, (Words{"PING"}));
  EXPECT_FALSE(reader.parsed()[4].is_inline);
}

}  // namespace
}  // namespace holdfast::resp
