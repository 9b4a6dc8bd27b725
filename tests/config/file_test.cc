// What comes from the disk: the configuration itself and password files.
#include "tests/config/check.h"
#include "tests/support/temp_dir.h"

namespace holdfast::config {
namespace {

using ::holdfast::testing::TempDir;
using ::holdfast::testing::write_file;
using ::testing::ElementsAre;

TEST(File, IsNamedInMessagesAsItWasGiven) {
  const TempDir dir;
  write_file(dir.file("x.toml"), "[server]\nworker = 2\n");
  EXPECT_THAT(
      load_file(dir.file("x.toml")).problems.lines(),
      ElementsAre(dir.file("x.toml") + ":2:1: unknown key 'worker' in [server]; did you mean 'workers'?"));
}

TEST(File, LoadsWhatIsRight) {
  const TempDir dir;
  write_file(dir.file("x.toml"), "[server]\nworkers = 2\n");
  const LoadResult result = load_file(dir.file("x.toml"));
  ASSERT_TRUE(result.config.has_value());
  EXPECT_EQ(result.config->server.workers, 2);
  EXPECT_EQ(result.config->file, dir.file("x.toml"));
}

TEST(File, MissingOrUnreadableIsOneSentence) {
  const TempDir dir;
  EXPECT_THAT(load_file(dir.file("none.toml")).problems.lines(),
              ElementsAre("cannot read '" + dir.file("none.toml") + "': No such file or directory"));
  EXPECT_THAT(load_file(dir.path()).problems.lines(),
              ElementsAre("cannot read '" + dir.path() + "': Is a directory"));
  write_file(dir.file("huge.toml"), std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(load_file(dir.file("huge.toml")).problems.lines(),
              ElementsAre("cannot read '" + dir.file("huge.toml") + "': it is larger than 1048576 bytes"));
}

TEST(PasswordFile, LosesOneNewlineAtItsEnd) {
  const TempDir dir;
  const std::string key = "[upstream.main]\npassword_file = '" + dir.file("secret") + "'\n";
  write_file(dir.file("secret"), "s3cret\n");
  EXPECT_EQ(loaded(key).upstreams.at(0).password, "s3cret");
  write_file(dir.file("secret"), "s3cret\n\n");
  EXPECT_EQ(loaded(key).upstreams.at(0).password, "s3cret\n");
  write_file(dir.file("secret"), "s3cret");
  EXPECT_EQ(loaded(key).upstreams.at(0).password, "s3cret");
}

TEST(PasswordFile, GoesWithAUserInTheUrl) {
  const TempDir dir;
  write_file(dir.file("secret"), "s3cret\n");
  const Config config =
      loaded("[upstream.main]\npassword_file = '" + dir.file("secret") + "'\nurl = 'redis://app@cache'\n");
  EXPECT_EQ(config.upstreams.at(0).user, "app");
  EXPECT_EQ(config.upstreams.at(0).password, "s3cret");
}

TEST(PasswordFile, SaysWhatIsWrong) {
  const TempDir dir;
  const std::string path = dir.file("secret");
  const std::string key = "[upstream.main]\npassword_file = '" + path + "'\n";
  check(key, {"h.toml:2: password_file: cannot read '" + path + "': No such file or directory"});
  write_file(path, "\n");
  const std::string empty = load_text(key, "h.toml").problems.lines().at(0);
  EXPECT_THAT(empty, ::testing::EndsWith("holds no password"));
  write_file(path, std::string(5000, 'x'));
  check(key, {"h.toml:2: password_file: cannot read '" + path + "': it is larger than 4096 bytes"});
  write_file(path, "s3cret\n");
  check(key + "url = 'redis://:other@cache'\n",
        {"h.toml:2: the password is given twice, in url and in password_file; keep one of them"});
}

}  // namespace
}  // namespace holdfast::config
