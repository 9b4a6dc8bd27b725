// Inline requests and Redis's quoting rules, in every fragmentation. request_server_test.cc has a real
// server's word on the same rules.

#include <gtest/gtest.h>

#include <string>

#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using std::string_literals::operator""s;
using testing::expect_empty;
using testing::expect_error;
using testing::expect_incomplete;
using testing::expect_inline;

TEST(RequestInline, Words) {
  expect_inline("PING\r\n", {"PING"});
  expect_inline("SET key value\r\n", {"SET", "key", "value"});
  expect_inline("  \t GET \t  key  \r\n", {"GET", "key"});
}

TEST(RequestInline, ALineMayEndInLfAlone) {
  expect_inline("PING\n", {"PING"});
  expect_inline("GET k\n", {"GET", "k"});
}

TEST(RequestInline, EmptyLinesHaveNoReply) {
  expect_empty("\r\n");
  expect_empty("\n");
  expect_empty("   \t \r\n");
  expect_empty("\r\r\n");
  expect_empty("\v\f\n");
}

TEST(RequestInline, ACrInTheLineIsASpace) {
  expect_inline("PING\rx\r\n", {"PING", "x"});
  expect_inline("PING\r\r\n", {"PING"});
}

// As in Redis: both are skipped before a word, and do not end one.
TEST(RequestInline, VerticalTabAndFormFeedStandOnlyBeforeWords) {
  expect_inline("\v\fGET k\r\n", {"GET", "k"});
  expect_inline("GET a\vb\fc\r\n", {"GET", "a\vb\fc"});
  expect_inline("GET a\v b\r\n", {"GET", "a\v", "b"});
  expect_inline("GET \"a\"\vb\r\n", {"GET", "a", "b"});
}

TEST(RequestInline, DoubleQuotes) {
  expect_inline("SET k \"two words\"\r\n", {"SET", "k", "two words"});
  expect_inline("SET k \"\"\r\n", {"SET", "k", ""});
  expect_inline("SET k \"it's\"\r\n", {"SET", "k", "it's"});
  expect_inline("SET \"k\" \"v\"\r\n", {"SET", "k", "v"});
}

TEST(RequestInline, EscapesInDoubleQuotes) {
  expect_inline(R"(ECHO "\n\r\t\b\a")"
                "\r\n",
                {"ECHO", "\n\r\t\b\a"});
  expect_inline(R"(ECHO "\"\\\'\q\ ")"
                "\r\n",
                {"ECHO", "\"\\'q "});
  expect_inline(R"(ECHO "\x41\x0a\xFf\x00z")"
                "\r\n",
                {"ECHO", "A\n\xff\0z"s});
}

TEST(RequestInline, HexEscapesThatAreNone) {
  expect_inline(R"(ECHO "\x4")"
                "\r\n",
                {"ECHO", "x4"});
  expect_inline(R"(ECHO "\xg1")"
                "\r\n",
                {"ECHO", "xg1"});
  expect_inline(R"(ECHO "\x1g")"
                "\r\n",
                {"ECHO", "x1g"});
  expect_inline(R"(ECHO "\x")"
                "\r\n",
                {"ECHO", "x"});
  expect_inline(R"(ECHO "\X41")"
                "\r\n",
                {"ECHO", "X41"});
}

TEST(RequestInline, SingleQuotes) {
  expect_inline("SET k 'two words'\r\n", {"SET", "k", "two words"});
  expect_inline("SET k ''\r\n", {"SET", "k", ""});
  expect_inline("SET k 'say \"x\"'\r\n", {"SET", "k", "say \"x\""});
  expect_inline(R"(SET k 'it\'s')"
                "\r\n",
                {"SET", "k", "it's"});
  expect_inline(R"(SET k '\n\x41\\ ')"
                "\r\n",
                {"SET", "k", R"(\n\x41\\ )"});
}

TEST(RequestInline, AQuoteMayBeginInsideAWordButNotEndInsideOne) {
  expect_inline("SET k v\"a b\"\r\n", {"SET", "k", "va b"});
  expect_inline("SET k v'a b'\r\n", {"SET", "k", "va b"});
  expect_error("SET k \"a\"b\r\n", "unbalanced quotes in request");
  expect_error("SET k 'a'b\r\n", "unbalanced quotes in request");
  expect_error("SET k \"a\"\"b\"\r\n", "unbalanced quotes in request");
  expect_error("SET k 'a'\"b\"\r\n", "unbalanced quotes in request");
}

TEST(RequestInline, BackslashesOutsideOfQuotesMeanNothing) {
  expect_inline("ECHO a\\nb\\\r\n", {"ECHO", "a\\nb\\"});
}

TEST(RequestInline, UnbalancedQuotes) {
  for (const char* line : {"\"", "'", "SET k \"v", "SET k 'v", "SET k \"v'", "SET k 'v\"", "ECHO \"a\\\"",
                           "ECHO 'a\\'", "ECHO \"a\\", "ECHO 'a\\", "ECHO \"\\x4"})
    expect_error(std::string(line) + "\r\n", "unbalanced quotes in request");
}

// A quoted line end does not make the line go on.
TEST(RequestInline, ALineEndsInsideQuotesToo) {
  expect_error("ECHO \"a\r\nb\"\r\n", "unbalanced quotes in request");
}

TEST(RequestInline, AnyFirstByteButAStarBeginsALine) {
  expect_inline("$4\r\n", {"$4"});
  expect_inline("+OK\r\n", {"+OK"});
  expect_inline(" *1\r\n", {"*1"});
  expect_inline("\xff\xfe\r\n", {"\xff\xfe"});
}

TEST(RequestInline, ANulIsAnErrorAndNotAnEnd) {
  expect_error("DEL key\0of mine\r\n"s, "unexpected NUL in inline request");
  expect_error("\0\r\n"s, "unexpected NUL in inline request");
  expect_error("ECHO \"\0\"\n"s, "unexpected NUL in inline request");
}

TEST(RequestInline, NeedsOneByteMoreUntilTheLineEnds) {
  expect_incomplete("P", 2);
  expect_incomplete("PING", 5);
  expect_incomplete("PING\r", 6);
}

}  // namespace
}  // namespace holdfast::resp
