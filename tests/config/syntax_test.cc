// What is not TOML at all becomes one clean line.
#include "tests/config/check.h"

namespace holdfast::config {
namespace {

TEST(Syntax, EveryMistakeIsOneLine) {
  check("[server\nworkers = 1\n", {"h.toml:1: expected a [section] or a line of the form key = value"});
  check("[server]]\n", {"h.toml:1: expected the end of the line after the [section]"});
  check("[server]\nworkers =\n", {"h.toml:2: the value after '=' is missing"});
  check("[server]\nworkers 1\n", {"h.toml:2: the '=' between key and value is missing"});
  check("[server]\nlog_level = warn\n",
        {"h.toml:2: the value is not valid; text needs quotes, as in key = \"text\""});
  check("[server]\nlog_level = \"info\n",
        {"h.toml:2: the text is not closed with a \", or has an unknown \\ escape"});
  check("[server]\nlog_level = 'info\n", {"h.toml:2: the text is not closed with a '"});
  check("[upstream.main.journal]\nenabled = fals\n",
        {"h.toml:2: the value is not valid; text needs quotes, as in key = \"text\""});
  check("[server]\nlog_level = info\n",  // begins like the number "inf"
        {"h.toml:2: there is more on the line than key = value; text needs quotes"});
  check("[server]\nworkers = 1 2\n",
        {"h.toml:2: there is more on the line than key = value; text needs quotes"});
  check("[environment.default]\nlisten = [\"127.0.0.1:0\"\nmode = 'audit'\n",
        {"h.toml:2: the list is not closed with ']', or a ',' between its values is missing"});
}

TEST(Syntax, ADuplicateIsTheSecondLine) {
  check("[server]\nworkers = 1\nworkers = 2\n", {"h.toml:3: 'workers' is written twice; keep one of them"});
  check("[server]\n\n[server]\n", {"h.toml:3: 'server' is written twice; keep one of them"});
}

TEST(Syntax, WhatTheLibrarySaysIsPassedOnInOneLine) {
  check("[server]\nworkers = 01\n", {"h.toml:2: not valid TOML: bad integer: leading zero"});
}

TEST(Syntax, BytesThatAreNotTextAreFoundByLine) {
  check("[server]\nlog_level = '\xff'\n", {"h.toml:2: this line is not UTF-8 text"});
  check(std::string("[server]\n\0", 10), {"h.toml:2: this line is not UTF-8 text"});
  check("[server]\nlog_level = '\xe2\x82", {"h.toml:2: this line is not UTF-8 text"});
}

TEST(Syntax, NestingHasALimit) {
  check("[server]\nworkers = " + std::string(100'000, '['), {"h.toml:2: brackets are nested too deeply"});
  check("[server]\n# " + std::string(200, '[') + "\n", {});
}

TEST(Syntax, LineEndsAndByteOrderMarksOfOtherSystemsAreFine) {
  EXPECT_EQ(loaded("\xef\xbb\xbf[server]\r\nworkers = 3\r\n").server.workers, 3);
  check("[server]\r\n\r\nworker = 3",
        {"h.toml:3: unknown key 'worker' in [server]; did you mean 'workers'?"});
}

}  // namespace
}  // namespace holdfast::config
