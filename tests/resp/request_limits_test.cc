// Each limit exactly and one more.

#include <gtest/gtest.h>

#include <string>

#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using testing::expect_error;
using testing::expect_incomplete;
using testing::expect_request;
using testing::RequestReader;
using testing::Words;
using Outcome = RequestParser::Outcome;

std::string empty_arguments(size_t count) {
  std::string bytes = "*" + std::to_string(count) + "\r\n";
  for (size_t i = 0; i < count; ++i) bytes += "$0\r\n\r\n";
  return bytes;
}

TEST(RequestLimits, OneMillionArguments) {
  constexpr size_t kMost = 1'048'576;
  const std::string bytes = empty_arguments(kMost);
  const testing::HeapBlock block(bytes);
  RequestParser parser;
  ASSERT_EQ(parser.parse(block.data(), block.size()), Outcome::kRequest);
  EXPECT_EQ(parser.consumed(), bytes.size());
  EXPECT_EQ(parser.arguments().size(), kMost);

  // In pieces it is parsed no more than twice: needed() is exact when all arguments are empty.
  ASSERT_EQ(parser.parse(block.data(), 10), Outcome::kNeedMore);
  EXPECT_EQ(parser.needed(), bytes.size());
  RequestReader reader;
  for (size_t at = 0; at < bytes.size(); at += 1000) reader.feed(std::string_view(bytes).substr(at, 1000));
  ASSERT_EQ(reader.parsed().size(), 1u);
  EXPECT_EQ(reader.parsed()[0].arguments, Words(kMost));

  // The parser is fit for small requests again.
  ASSERT_EQ(parser.parse("PING\r\n", 6), Outcome::kRequest);
  EXPECT_EQ(parser.arguments().size(), 1u);
}

TEST(RequestLimits, OneArgumentMoreThanFitsAnInt) {
  expect_error("*2147483648\r\n", "invalid multibulk length");
}

TEST(RequestLimits, AValueOf512Megabytes) {
  const std::string head = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n";
  expect_incomplete(head, head.size() + 536'870'912 + 2);
  expect_incomplete("*1\r\n$536870912\r\n", 16 + 536'870'912 + 2);
}

TEST(RequestLimits, AValueOfOneByteMoreThan512Megabytes) {
  expect_error("*1\r\n$536870913\r\n", "invalid bulk length");
  expect_error("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n", "invalid bulk length");
}

TEST(RequestLimits, ALineOf64Kilobytes) {
  const std::string word(65'536 - 5, 'x');
  const std::string bytes = "ECHO " + word + "\n";
  for (const size_t piece : {bytes.size(), size_t{1000}, size_t{13}}) {
    RequestReader reader;
    for (size_t at = 0; at < bytes.size(); at += piece)
      reader.feed(std::string_view(bytes).substr(at, piece));
    ASSERT_EQ(reader.parsed().size(), 1u);
    EXPECT_EQ(reader.parsed()[0].arguments, (Words{"ECHO", word}));
  }
}

TEST(RequestLimits, ALineOfOneByteMoreThan64Kilobytes) {
  const std::string line(65'537, 'x');
  for (const std::string& bytes : {line, line + "\n", std::string(65'536, 'x') + "\r\n"}) {
    for (const size_t piece : {bytes.size(), size_t{1000}, size_t{13}}) {
      RequestReader reader;
      for (size_t at = 0; at < bytes.size(); at += piece)
        reader.feed(std::string_view(bytes).substr(at, piece));
      ASSERT_EQ(reader.parsed().size(), 1u);
      EXPECT_EQ(reader.parsed()[0].error, "-ERR Protocol error: too big inline request\r\n");
    }
  }
}

TEST(RequestLimits, ALongLineWithoutEndIsNotWaitedForAnyLonger) {
  expect_incomplete(std::string(2000, 'x'), 2001);
  RequestParser parser;
  const std::string line(65'537, 'x');
  EXPECT_EQ(parser.parse(line.data(), 65'536), Outcome::kNeedMore);
  EXPECT_EQ(parser.parse(line.data(), 65'537), Outcome::kError);
}

TEST(RequestLimits, TenArgumentsBeforeAuth) {
  expect_request(empty_arguments(10), Words(10), false, kLimitsBeforeAuth);
  expect_error("*11\r\n", "unauthenticated multibulk length", kLimitsBeforeAuth);
}

TEST(RequestLimits, SixteenKilobytesBeforeAuth) {
  const std::string value(16'384, 'x');
  const std::string bytes = "*2\r\n$4\r\nAUTH\r\n$16384\r\n" + value + "\r\n";
  expect_incomplete("*2\r\n$4\r\nAUTH\r\n$16384\r\n", bytes.size(), kLimitsBeforeAuth);
  RequestReader reader(kLimitsBeforeAuth);
  reader.feed(bytes);
  ASSERT_EQ(reader.parsed().size(), 1u);
  EXPECT_EQ(reader.parsed()[0].arguments, (Words{"AUTH", value}));
  expect_error("*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length", kLimitsBeforeAuth);
  expect_error("*2\r\n$4\r\nAUTH\r\n$-1\r\n", "invalid bulk length", kLimitsBeforeAuth);
}

}  // namespace
}  // namespace holdfast::resp
