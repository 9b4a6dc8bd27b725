// A mistake in holdfast.toml stops the start with its place and what to do about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

// Runs `holdfast <command>` on this file; answers the exit code.
int run_on(const std::string& command, const std::string& file, std::string& output) {
  return run_program({HOLDFAST_PROGRAM, command, "--config", file}, output);
}

struct Mistake {
  const char* toml;
  const char* place;
  const char* hint;
};

TEST(ConfigurationErrors, AreNamedWithTheirLineByRunAndByCheck) {
  TempDir dir;
  const std::string file = dir.file("holdfast.toml");
  for (const Mistake& mistake : std::vector<Mistake>{
           {"[server]\nworkerz = 2\n", ":2", "workers"},
           {"[server]\n\nworkers = \"two\"\n", ":3", "workers"},
           {"[server\n", ":1", ""},
           {"[upstream.main]\nurl = \"http://127.0.0.1\"\n", ":2", "redis://"},
           {"[environment.default]\nblock = [\"flushal\"]\n", ":2", "flushall"},
           {"[environment.default]\nlisten = [\"0.0.0.0:6380\"]\n", ":2", "auth"},
           {"[environment.default]\nack_timeout = \"soon\"\n", ":2", "ack_timeout"},
           {"[environment.default]\ntransparent = \"0.0.0.0:15001\"\n", ":2", "allow_unauthenticated"},
           {"[environment.default]\nupstream = \"mian\"\n", ":2", "main"},
           {"[upstream.main.posture]\nrequire = [\"aof\", \"noevicton\"]\n", ":2:19",
            "there is no rule of posture 'noevicton'; did you mean 'noeviction'?"},
           {"[upstream.main.posture]\nrequire = [\"aof\"]\nignore = [\"aof\"]\n", ":2:12",
            "in ignore as well"},
           {"[upstream.main.posture]\nenabled = false\nrequire = [\"aof\"]\n", ":3:12", "nobody looks"},
       }) {
    write_file(file, mistake.toml);
    for (const char* command : {"run", "check"}) {
      std::string output;
      EXPECT_EQ(run_on(command, file, output), 2) << mistake.toml << output;
      EXPECT_THAT(output, HasSubstr(file + mistake.place)) << mistake.toml;
      EXPECT_THAT(output, HasSubstr(mistake.hint)) << mistake.toml;
    }
  }
}

TEST(ConfigurationErrors, AllOfThemAreToldAtOnce) {
  TempDir dir;
  const std::string file = dir.file("holdfast.toml");
  write_file(file,
             "[server]\nworkerz = 2\nadmin = 5\nlog_level = loud\n[environment.default]\nmode = \"strict\"\n"
             "block = [\"@builtin\", \"flushal\", \"hgte\"]\n");
  std::string output;
  EXPECT_EQ(run_on("run", file, output), 2);
  for (const char* place : {":2:1: ", ":3:9: ", ":4:13: ", ":6:8: ", ":7:22: ", ":7:33: "})
    EXPECT_THAT(output, HasSubstr(file + place + "error: "));
  EXPECT_THAT(output, HasSubstr("    7 | block = [\"@builtin\", \"flushal\", \"hgte\"]\n"
                                "      |                      ^~~~~~~~~\n"));
}

TEST(ConfigurationErrors, ARuleOfPostureIsPointedAt) {
  TempDir dir;
  const std::string file = dir.file("holdfast.toml");
  write_file(file, "[upstream.main.posture]\nrequire = [\"noeviction\", \"aoff\"]\n");
  std::string output;
  EXPECT_EQ(run_on("check", file, output), 2);
  EXPECT_THAT(output, HasSubstr("did you mean 'aof'?"));
  EXPECT_THAT(output, HasSubstr("    2 | require = [\"noeviction\", \"aoff\"]\n"
                                "      |                          ^~~~~~\n"));
}

TEST(ConfigurationErrors, AMissingFileIsNamed) {
  TempDir dir;
  std::string output;
  EXPECT_EQ(run_on("run", dir.file("none.toml"), output), 2);
  EXPECT_THAT(output, HasSubstr(dir.file("none.toml")));
}

TEST(ConfigurationErrors, AGoodFileIsCalledGood) {
  std::string output;
  EXPECT_EQ(run_on("check", HOLDFAST_SOURCE_DIR "/config/holdfast.toml", output), 0);
  EXPECT_THAT(output, HasSubstr("good"));
}

TEST(ConfigurationErrors, TheCommandLineHelps) {
  std::string output;
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "--version"}, output), 0);
  EXPECT_THAT(output, HasSubstr("0."));
  output.clear();
  EXPECT_EQ(run_program({HOLDFAST_PROGRAM, "--help"}, output), 0);
  EXPECT_THAT(output, HasSubstr("restore"));
  EXPECT_NE(run_program({HOLDFAST_PROGRAM, "rnu"}, output), 0);
  EXPECT_NE(run_program({HOLDFAST_PROGRAM}, output), 0);
}

}  // namespace
}  // namespace holdfast::testing
