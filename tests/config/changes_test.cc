// What a reload says about the difference of two files, and what it refuses.
#include "config/changes.h"

#include "tests/config/check.h"

namespace holdfast::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kEnvironment = "[environment.default]\n";

Changes changes(const std::string& before, const std::string& after) {
  const LoadResult was = load_text(before, "h.toml"), is = load_text(after, "h.toml");
  EXPECT_TRUE(was.config && is.config) << before << after;
  return compare(was, is);
}

TEST(Changes, SameTextsWrittenDifferentlyHaveNone) {
  const Changes none =
      changes(kEnvironment + "block = ['keys']\nmode = 'audit'\n",
              "# a comment\n[environment]\ndefault = { mode = \"audit\", block = [ 'keys' ] }\n");
  EXPECT_THAT(none.lines, IsEmpty());
  EXPECT_TRUE(none.needs_restart.empty());
  EXPECT_TRUE(none.environments.empty());
}

TEST(Changes, AreNamedWithTheirLines) {
  const Changes found =
      changes(kEnvironment + "block = ['@builtin', 'get']\nmode = 'audit'\nmax_clients = 5\n",
              kEnvironment +
                  "block = ['@builtin', 'set',\n'del']\nmode = 'enforce'\n"
                  "allow = ['keys']\n");
  EXPECT_THAT(
      found.lines,
      ElementsAre("block of [environment.default]: added \"set\" (h.toml:2), added \"del\" (h.toml:3), "
                  "removed \"get\"",
                  "mode of [environment.default] has changed from \"audit\" to \"enforce\" (h.toml:4)",
                  "allow of [environment.default] is new: \"keys\" (h.toml:5)",
                  "max_clients of [environment.default] was removed: the default holds"));
  EXPECT_THAT(found.environments, ElementsAre("default"));
}

TEST(Changes, RulesAreComparedByName) {
  const auto rule = [](const std::string& name, const std::string& block) {
    return "[[environment.default.rule]]\nname = '" + name + "'\nblock = ['" + block + "']\n";
  };
  EXPECT_THAT(changes(rule("a", "get") + rule("b", "set") + rule("c", "del"),
                      rule("c", "del") + rule("b", "mset") + rule("d", "get"))
                  .lines,
              ElementsAre("rule 'b' of [environment.default] changed (h.toml:4)",
                          "rule 'd' of [environment.default] added (h.toml:7)",
                          "rule 'a' of [environment.default] removed"));
}

TEST(Changes, WhatAReloadCannotBringIsAProblemAtItsPlace) {
  const Changes found =
      changes("[server]\nworkers = 1\n",
              "[server]\nworkers = 2\nadmin = '127.0.0.1:1'\n[upstream.main]\nurl = 'redis://:hunter2@b'\n"
              "links = 1\n" +
                  kEnvironment + "listen = ['127.0.0.1:6381']\nmode = 'audit'\n");
  EXPECT_THAT(
      found.needs_restart.lines(),
      ElementsAre("h.toml:2:11: workers in [server] has changed", "h.toml:3:9: admin in [server] has changed",
                  "h.toml:5:7: url in [upstream.main] has changed",
                  "h.toml:8:10: listen in [environment.default] has changed"));
  EXPECT_THAT(
      changes("", "[environment.default]\n[environment.b]\nlisten = ['127.0.0.1:1']\n").needs_restart.lines(),
      ElementsAre("h.toml:2:14: [environment.b] is new"));
  EXPECT_THAT(changes("[server]\nworkers = 2\n", "").needs_restart.lines(),
              ElementsAre("h.toml: workers in [server] was removed"));
}

TEST(Changes, ADefaultThatIsWrittenOutIsNone) {
  EXPECT_TRUE(changes("", load_text("", "x").problems.text() +
                              "[server]\nworkers = 1\nadmin = '127.0.0.1:9121'\n[upstream.main]\n"
                              "url = 'redis://127.0.0.1:6379'\nlinks = 1\n[upstream.main.journal]\n"
                              "dir = 'holdfast-data'\nredo_log = true\nsegment_size = "
                              "'256MiB'\n[environment.default]\nlisten = ['127.0.0.1:6380']\n")
                  .needs_restart.empty());
}

TEST(Changes, EveryKeyOfASocketThreadOrFileNeedsARestart) {
  EXPECT_FALSE(is_live(Section::kServer, "workers"));
  EXPECT_FALSE(is_live(Section::kEnvironment, "listen"));
  EXPECT_FALSE(is_live(Section::kJournal, "anything"));
  EXPECT_TRUE(is_live(Section::kEnvironment, "block"));
  EXPECT_TRUE(is_live(Section::kServer, "log_level"));
}

TEST(NamedFiles, AreThoseThatAreReadWithTheConfiguration) {
  ProblemList problems("h.toml");
  const auto document = parse_document(
      "[upstream.main]\npassword_file = 'a'\n[environment.default.user.x]\npassword_file = 'b'\n", problems);
  ASSERT_TRUE(document.has_value());
  EXPECT_THAT(named_files(document->root), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace holdfast::config
