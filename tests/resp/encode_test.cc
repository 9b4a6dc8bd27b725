// What is encoded is parsed back to the same arguments.

#include "resp/encode.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/resp/random_bytes.h"
#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

TEST(Encode, Bytes) {
  std::string out = "before ";
  append_command(out, {"SET", "k", ""});
  EXPECT_EQ(out, "before *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
  append_bulk(out, "a\0\r\n"sv);
  EXPECT_EQ(out, "before *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n$4\r\na\0\r\n\r\n"s);
}

TEST(Encode, IsParsedBack) {
  testing::RandomBytes random(77);
  for (int i = 0; i < 2000; ++i) {
    const std::vector<std::string> arguments = random.arguments();
    std::string bytes;
    append_command(bytes, std::vector<std::string_view>(arguments.begin(), arguments.end()));
    testing::RequestReader reader;
    reader.feed(bytes);
    ASSERT_EQ(reader.parsed().size(), 1u);
    ASSERT_EQ(reader.parsed()[0].consumed, bytes.size());
    ASSERT_EQ(reader.parsed()[0].arguments, arguments);
  }
}

}  // namespace
}  // namespace holdfast::resp
