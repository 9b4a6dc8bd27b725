// The drawings of problems, to the letter: place, line, arrow, and what is not shown.
#include "config/diagnostics.h"

#include "tests/config/check.h"
#include "tests/support/temp_dir.h"

namespace holdfast::config {
namespace {

std::string drawn(const std::string& text) {
  return draw(load_text(text, "h.toml").problems);
}

// Without warnings.
std::string errors(const std::string& text) {
  return draw(load_text(text, "h.toml").problems.only_errors());
}

TEST(Diagnostics, AnUnknownKeyIsUnderlined) {
  EXPECT_EQ(errors("[environment.default]\nlisen = [\"127.0.0.1:6380\"]\n"),
            "h.toml:2:1: error: unknown key 'lisen' in [environment.default]; did you mean 'listen'?\n"
            "    2 | lisen = [\"127.0.0.1:6380\"]\n"
            "      | ^~~~~\n");
  EXPECT_EQ(errors("[upstream.main]\n  tls = { ca = 'a', crt = 'b' }\nurl = 'rediss://r'\n"),
            "h.toml:2:21: error: unknown key 'crt' in [upstream.main.tls]; did you mean 'cert'?\n"
            "    2 |   tls = { ca = 'a', crt = 'b' }\n"
            "      |                     ^~~\n");
}

TEST(Diagnostics, AWrongValueIsUnderlinedWithTheAcceptedOnes) {
  EXPECT_EQ(
      errors("[environment.default]\nmode = \"audti\"  # soon\n"),
      "h.toml:2:8: error: mode must be \"enforce\" or \"audit\", not \"audti\"; did you mean \"audit\"?\n"
      "    2 | mode = \"audti\"  # soon\n"
      "      |        ^~~~~~~\n");
  EXPECT_EQ(errors("[server]\n\tworkers =\t9999\n"),
            "h.toml:2:12: error: workers must be from 0 to 1024, not 9999\n"
            "    2 | \tworkers =\t9999\n"
            "      | \t         \t^~~~\n");
}

TEST(Diagnostics, AnElementOfAListIsUnderlinedWhereItStands) {
  EXPECT_EQ(errors("[environment.default]\nlisten = [\n  \"127.0.0.1:6380\",\n  6381,\n]\n"),
            "h.toml:4:3: error: listen must hold only strings, not a whole number\n"
            "    4 |   6381,\n"
            "      |   ^~~~\n");
}

TEST(Diagnostics, ASectionIsUnderlinedByItsName) {
  EXPECT_EQ(errors("[sever]\nworkers = 2\n"),
            "h.toml:1:2: error: unknown section [sever]; did you mean 'server'?\n"
            "    1 | [sever]\n"
            "      |  ^~~~~\n");
}

TEST(Diagnostics, AllMistakesAreShownAtOnceAlsoThoseOfSyntax) {
  EXPECT_EQ(
      errors("[server]\n"
             "workers = \n"
             "log_level = \"loud\"\n"
             "drain_timeout 5\n"
             "[environment.default]\n"
             "listen = [\"127.0.0.1:6380\"\n"
             "mode = \"audti\"\n"),
      "h.toml:2:11: error: the value after '=' is missing\n"
      "    2 | workers = \n"
      "      |           ^\n"
      "h.toml:3:13: error: log_level must be \"trace\", \"debug\", \"info\", \"warn\" or \"error\", not "
      "\"loud\"\n"
      "    3 | log_level = \"loud\"\n"
      "      |             ^~~~~~\n"
      "h.toml:4:14: error: the '=' between key and value is missing\n"
      "    4 | drain_timeout 5\n"
      "      |              ^\n"
      "h.toml:6:1: error: the list is not closed with ']', or a ',' between its values is missing\n"
      "    6 | listen = [\"127.0.0.1:6380\"\n"
      "      | ^~~~~~\n"
      "h.toml:7:8: error: mode must be \"enforce\" or \"audit\", not \"audti\"; did you mean \"audit\"?\n"
      "    7 | mode = \"audti\"\n"
      "      |        ^~~~~~~\n");
}

TEST(Diagnostics, WhatFollowsABrokenSectionIsLeftAlone) {
  EXPECT_EQ(errors("[environment.a\nlisten = [\"127.0.0.1:1\"]\n[server]\nworkerz = 1\n"),
            "h.toml:1:1: error: expected a [section] or a line of the form key = value\n"
            "    1 | [environment.a\n"
            "      | ^\n"
            "h.toml:4:1: error: unknown key 'workerz' in [server]; did you mean 'workers'?\n"
            "    4 | workerz = 1\n"
            "      | ^~~~~~~\n");
}

TEST(Diagnostics, NothingIsSaidOfWhatMayBeInTheUnreadPart) {
  // That environment `a` says nowhere where it listens would be wrong advice.
  EXPECT_EQ(errors("[environment.a]\nlisten = 127.0.0.1:7000\n"),
            "h.toml:2:15: error: there is more on the line than key = value; text needs quotes\n"
            "    2 | listen = 127.0.0.1:7000\n"
            "      |               ^~~~\n");
}

TEST(Diagnostics, AFileOfAnotherKindIsNotAThousandMistakes) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{ \"json\": " + std::to_string(i) + " }\n";
  const auto problems = load_text(text, "h.toml").problems;
  EXPECT_EQ(problems.errors(), 21u);
  EXPECT_EQ(problems.lines().front(), "h.toml: there may be more mistakes; these come first");
}

TEST(Diagnostics, PasswordsAreNotShown) {
  EXPECT_EQ(errors("[upstream.main]\nurl = \"http://app:hunter2@cache:6379\"\n"),
            "h.toml:2:7: error: url: must begin with redis://, rediss:// or unix://, as in "
            "\"redis://127.0.0.1:6379\"\n"
            "    2 | url = \"http://***@cache:6379\"\n"
            "      |       ^~~~~~~~~~~~~~~~~~~~~~~\n");
  for (const char* line : {"url = 'redis//hunter2@cache'", "password_sha256 = ['hunter2', \"hunter2\"]",
                           "user.a = { password_sha256 = [\"hunter2\"], acl = \"+@all\" }",
                           "acl = \"on >hunter2 ~*\"", "acl = '<hunter2'"}) {
    int column = 1;
    EXPECT_THAT(without_secrets(line, column), ::testing::Not(::testing::HasSubstr("hunter2"))) << line;
  }
  int column = 11;
  EXPECT_EQ(without_secrets("acl = '>a b", column), "acl = '>*** b");
  EXPECT_EQ(column, 13);
  EXPECT_EQ(without_secrets("password_file = '/run/secret'", column), "password_file = '/run/secret'");
}

TEST(Diagnostics, ALongLineIsCutAroundThePlace) {
  const std::string drawing = errors("[environment.default]\nblock = [" + std::string(300, ' ') + "5]\n");
  EXPECT_EQ(drawing,
            "h.toml:2:310: error: block must hold only strings, not a whole number\n"
            "    2 | ..." +
                std::string(39, ' ') + "5]\n" + "      |    " + std::string(39, ' ') + "^\n");
}

TEST(Diagnostics, TextOfOtherLanguagesDoesNotMoveTheArrow) {
  EXPECT_EQ(errors("[environment.default]\nblock = ['\xc3\xa9', 5]\n"),
            "h.toml:2:16: error: block must hold only strings, not a whole number\n"
            "    2 | block = ['\xc3\xa9', 5]\n"
            "      |               ^\n");
}

TEST(Diagnostics, AFileWithoutAPlaceIsOneLine) {
  EXPECT_EQ(draw(load_file("/none/such.toml").problems),
            "error: cannot read '/none/such.toml': No such file or directory\n");
}

TEST(Cautions, AreShownAsWarningsAndStopNothing) {
  const LoadResult result = load_text("[environment.default]\nmode = \"audit\"\n", "h.toml");
  EXPECT_TRUE(result.config.has_value());
  EXPECT_EQ(
      draw(result.problems),
      "h.toml:2:8: warning: mode = \"audit\" in [environment.default]: nothing is refused there, what the "
      "rules forbid is only reported\n"
      "    2 | mode = \"audit\"\n"
      "      |        ^~~~~~~\n");
  EXPECT_EQ(count_of(result.problems), "1 warning");
}

TEST(Cautions, NameWhatProtectsLessThanItSeems) {
  const auto warned = [](const std::string& text, const std::string& part) {
    const LoadResult result = load_text(text, "h.toml");
    EXPECT_TRUE(result.config.has_value()) << text << draw(result.problems);
    EXPECT_EQ(result.problems.warnings(), 1u) << text << draw(result.problems);
    EXPECT_THAT(draw(result.problems), ::testing::HasSubstr(part)) << text;
  };
  const ::holdfast::testing::TempDir dir;
  const std::string strong = dir.file("strong"), weak = dir.file("weak");
  ::holdfast::testing::write_file(strong, "0123456789abcdef0123456789abcdef\n");
  ::holdfast::testing::write_file(weak, "secret\n");
  warned("[server]\nadmin = '0.0.0.0:9121'\nadmin_token_file = '" + strong + "'\n",
         "h.toml:2:9: warning: admin listens on 0.0.0.0:9121 without admin_tls");
  warned("[server]\nadmin_token_file = '" + weak + "'\n",
         "h.toml:2:20: warning: admin_token_file holds a token of less than 16 characters");
  warned("[upstream.main]\n[upstream.b.journal]\ndir='b'\n[environment.default]\nupstream = 'main'\n",
         "h.toml:2:11: warning: [upstream.b] is not used by any environment");
  warned("[upstream.main.journal]\non_failure = 'allow'\n", "h.toml:2:14: warning: on_failure = \"allow\"");
  warned("[upstream.main.journal]\non_history_break = 'accept'\n", "h.toml:2:20: warning:");
  warned("[environment.default]\nunknown_commands = 'allow'\n", "h.toml:2:20: warning:");
  warned("[environment.default]\nblock = ['keys']\n", "h.toml:2:9: warning: block in [environment.default]");
  warned(
      "[environment.default]\n[[environment.default.keyspace]]\nname = 'orders'\nkeys = ['o:*']\n"
      "critical = true\ndurability = 'none'\n",
      "h.toml:2:1: warning: keyspace \"orders\" of [environment.default] is critical and has durability");
  warned("[environment.default]\nallow = ['@all']\n", "h.toml:2:10: warning: allow = [\"@all\"]");
  warned("[environment.default]\nallow_unauthenticated = true\nlisten = ['0.0.0.0:1']\n",
         "h.toml:2:25: warning:");
}

TEST(Cautions, TheDefaultsHaveNone) {
  EXPECT_EQ(drawn(""), "");
}

}  // namespace
}  // namespace holdfast::config
