#include "resp/reply_cursor.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/resp/fragments.h"

namespace holdfast::resp {
namespace {

using testing::HeapBlock;

std::string_view view(const HeapBlock& block) {
  return {block.data(), block.size()};
}

TEST(ReplyCursor, ReadsStringsOfEveryKind) {
  for (const char* reply : {"+text\r\n", "$4\r\ntext\r\n", "=8\r\ntxt:text\r\n"}) {
    const HeapBlock block(reply);
    ReplyCursor cursor(view(block));
    std::string_view text;
    EXPECT_TRUE(cursor.read_string(text)) << reply;
    EXPECT_EQ(text, "text");
    EXPECT_FALSE(cursor.skip());  // nothing is left
  }
  std::string_view text = "before";
  EXPECT_TRUE(ReplyCursor("$0\r\n\r\n").read_string(text));
  EXPECT_EQ(text, "");
  EXPECT_TRUE(ReplyCursor("+\r\n").read_string(text));
  EXPECT_TRUE(ReplyCursor("$4\r\na\r\nb\r\n").read_string(text));
  EXPECT_EQ(text, "a\r\nb");
}

TEST(ReplyCursor, ReadsAggregates) {
  int64_t elements = 0;
  EXPECT_TRUE(ReplyCursor("*3\r\n").read_array(elements));
  EXPECT_EQ(elements, 3);
  EXPECT_TRUE(ReplyCursor("%3\r\n").read_array(elements));
  EXPECT_EQ(elements, 6);
  EXPECT_TRUE(ReplyCursor("~2\r\n").read_array(elements));
  EXPECT_EQ(elements, 2);
  EXPECT_TRUE(ReplyCursor(">1\r\n").read_array(elements));
  EXPECT_EQ(elements, 1);
  EXPECT_TRUE(ReplyCursor("*0\r\n").read_array(elements));
  EXPECT_EQ(elements, 0);
}

TEST(ReplyCursor, ReadsIntegers) {
  int64_t value = 0;
  EXPECT_TRUE(ReplyCursor(":42\r\n").read_integer(value));
  EXPECT_EQ(value, 42);
  EXPECT_TRUE(ReplyCursor(":-9223372036854775808\r\n").read_integer(value));
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_TRUE(ReplyCursor("$3\r\n-17\r\n").read_integer(value));
  EXPECT_EQ(value, -17);
  for (const char* reply : {":\r\n", ":x\r\n", ":1x\r\n", ":99999999999999999999\r\n", "$1\r\nx\r\n",
                            "$0\r\n\r\n", "$-1\r\n", "-1\r\n", "*1\r\n"})
    EXPECT_FALSE(ReplyCursor(reply).read_integer(value)) << reply;
}

TEST(ReplyCursor, ReadsErrors) {
  std::string_view text;
  EXPECT_TRUE(ReplyCursor("-NOAUTH Authentication required.\r\n").read_error(text));
  EXPECT_EQ(text, "NOAUTH Authentication required.");
  EXPECT_FALSE(ReplyCursor("+OK\r\n").read_error(text));
}

TEST(ReplyCursor, DoesNotMoveWhenTheKindIsAnother) {
  const HeapBlock block("$3\r\nabc\r\n:1\r\n");
  ReplyCursor cursor(view(block));
  int64_t number = 0;
  std::string_view text;
  EXPECT_FALSE(cursor.read_array(number));
  EXPECT_FALSE(cursor.read_integer(number));
  EXPECT_FALSE(cursor.read_error(text));
  EXPECT_TRUE(cursor.read_string(text));
  EXPECT_EQ(text, "abc");
  EXPECT_FALSE(cursor.read_string(text));
  EXPECT_TRUE(cursor.read_integer(number));
  EXPECT_EQ(number, 1);
}

TEST(ReplyCursor, WalksANestedReply) {
  const HeapBlock block("*4\r\n+master\r\n:100\r\n*2\r\n*1\r\n$1\r\na\r\n%1\r\n+k\r\n*-1\r\n$-1\r\n");
  ReplyCursor cursor(view(block));
  int64_t number = 0;
  std::string_view text;
  EXPECT_TRUE(cursor.read_array(number));
  EXPECT_TRUE(cursor.read_string(text));
  EXPECT_TRUE(cursor.skip());
  EXPECT_TRUE(cursor.skip());              // the whole array of two
  EXPECT_FALSE(cursor.read_string(text));  // a null is not a string
  EXPECT_TRUE(cursor.skip());
  EXPECT_FALSE(cursor.skip());
}

TEST(ReplyCursor, AnswersFalseToWhatIsCutShort) {
  const std::string whole = "*2\r\n$3\r\nabc\r\n:12\r\n";
  for (size_t size = 0; size < whole.size(); ++size) {
    const HeapBlock block(std::string_view(whole).substr(0, size));
    ReplyCursor cursor(view(block));
    int64_t number = 0;
    std::string_view text;
    EXPECT_FALSE(cursor.read_array(number) && cursor.read_string(text) && cursor.read_integer(number))
        << size;
    EXPECT_FALSE(ReplyCursor(view(block)).skip()) << size;
  }
}

}  // namespace
}  // namespace holdfast::resp
