// `holdfast explain` and `holdfast check --test`: what they print, what they answer, and that both decide as
// a running Holdfast does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;

class Explain : public ::testing::Test {
 protected:
  Explain() {
    write_file(file,
               "[environment.default]\n"
               "block = [\"@builtin\", \"get\"]\n"
               "[environment.trial]\n"
               "listen = [\"127.0.0.1:6381\"]\n"
               "mode = \"audit\"\n"
               "durability = \"async\"\n");
  }

  int run(std::vector<std::string> arguments) {
    output.clear();
    arguments.insert(arguments.begin(), HOLDFAST_PROGRAM);
    return run_program(arguments, output);
  }

  TempDir dir;
  const std::string file = dir.file("holdfast.toml");
  std::string output;
};

TEST_F(Explain, ARefusalNamesTheRuleAndItsPlace) {
  EXPECT_EQ(run({"explain", "--config", file, "--", "GET", "order:1"}), 3);
  EXPECT_EQ(output,
            "GET order:1 in environment 'default' as user 'default'\n"
            "\n"
            "verdict     refused\n"
            "rule        'get' (" +
                file +
                ":2)\n"
                "reply       NOPERM holdfast: 'GET' is blocked in environment 'default' (rule 'get')\n"
                "keys        order:1 (read)\n"
                "\n"
                "how it was decided\n"
                "  listener   environment 'default' (" +
                file +
                ":1): nobody is asked for a password\n"
                "  acl        not asked: the environment has no users of its own\n"
                "  guards     refused by rule 'get' (" +
                file +
                ":2)\n"
                "  keyspaces  not asked: none of them is about this command\n");
}

// Users, keyspaces, limits and guards: the same verdict, and the same words, as a running Holdfast.
TEST_F(Explain, SaysWhatUsersKeyspacesAndLimitsDo) {
  Stack stack({.environment = "auth = \"users\"\nunbounded_reads = \"refuse\"\n"
                              "[environment.default.user.app]\n"
                              "password_sha256 = "
                              "[\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"]\n"
                              "acl = \"+@all -@hash +hget ~order:* ~cart:*\"\n"
                              "[[environment.default.keyspace]]\n"
                              "name = \"orders\"\nkeys = [\"order:*\"]\nttl = \"forbid\"\n"
                              "[[environment.default.limit]]\n"
                              "name = \"bulk\"\ncommands = [\"mset\"]\nmax_arguments = 4\n"});
  RedisClient client(stack.holdfast.port());
  const std::string file_of_stack = stack.holdfast.config_file();
  const auto explained = [&](const std::vector<std::string>& command, const std::string& user) {
    std::vector<std::string> arguments = {"explain", "-c", file_of_stack};
    if (!user.empty()) arguments.insert(arguments.end(), {"--user", user});
    arguments.push_back("--");
    arguments.insert(arguments.end(), command.begin(), command.end());
    return run(arguments);
  };
  EXPECT_EQ(explained({"GET", "order:1"}, ""), 3);
  EXPECT_THAT(output, HasSubstr("reply       " + client.command({"GET", "order:1"}).substr(1) + "\n"));
  EXPECT_EQ(client.command({"AUTH", "app", "secret"}), "OK");
  const std::vector<std::vector<std::string>> commands = {
      {"GET", "order:1"},
      {"GET", "other"},
      {"HSET", "order:1", "a", "b"},
      {"HGET", "cart:1", "a"},
      {"EXPIRE", "order:1", "10"},
      {"EXPIRE", "cart:1", "10"},
      {"SET", "order:1", "x", "EX", "5"},
      {"SET", "cart:1", "x", "EX", "5"},
      {"MSET", "cart:1", "a", "cart:2", "b"},
      {"MSET", "cart:1", "a", "cart:2", "b", "cart:3", "c"},
      {"LRANGE", "cart:9", "0", "-1"},
      {"FLUSHALL"}};
  for (const auto& command : commands) {
    const int code = explained(command, "app");
    const std::string reply = client.command(command);
    EXPECT_EQ(code, reply.starts_with("-NOPERM") ? 3 : 0) << reply << "\n" << output;
    if (code == 3) {
      EXPECT_THAT(output, HasSubstr("reply       " + reply.substr(1) + "\n"));
    }
  }
  EXPECT_EQ(explained({"SET", "order:1", "x"}, "app"), 0);
  EXPECT_THAT(output, HasSubstr("keyspaces  allowed: order:1 is in 'orders' (" + file_of_stack));
  EXPECT_EQ(explained({"GET", "a"}, "ap"), 2);
  EXPECT_THAT(output, HasSubstr("has no user 'ap'; did you mean 'app'?"));
}

TEST_F(Explain, WhatIsAllowedSaysWhatItWaitsFor) {
  EXPECT_EQ(run({"explain", "-c", file, "--", "SET", "order:1", "a b"}), 0);
  EXPECT_THAT(output, HasSubstr("SET order:1 \"a b\" in environment 'default'"));
  EXPECT_THAT(output, HasSubstr("verdict     allowed\n"));
  EXPECT_THAT(output, HasSubstr("keys        order:1 (write)\n"));
  EXPECT_THAT(output, HasSubstr("durability  sync: the reply waits until the write is on disk"));
  EXPECT_EQ(run({"explain", "-c", file, "--env", "trial", "--", "FLUSHALL"}), 0);
  EXPECT_THAT(output, HasSubstr("verdict     observed: let through and reported"));
  EXPECT_THAT(output, HasSubstr("'@builtin' (the defaults)"));
  EXPECT_THAT(output, HasSubstr("durability  async"));
}

TEST_F(Explain, TheQuestionCanBeWrong) {
  EXPECT_EQ(run({"explain", "-c", file, "--env", "trail", "--", "PING"}), 2);
  EXPECT_THAT(output, HasSubstr("there is no environment 'trail'; did you mean 'trial'?"));
  EXPECT_EQ(run({"explain", "-c", file, "--user", "nobody", "--", "PING"}), 2);
  EXPECT_THAT(output, HasSubstr("'nobody'"));
  EXPECT_EQ(run({"explain", "-c", file}), 2);
  EXPECT_THAT(output, HasSubstr("a command is needed"));
  EXPECT_EQ(run({"explain", "-c", dir.file("none.toml"), "--", "PING"}), 2);
  // The defaults, and a line as it is pasted from somewhere.
  EXPECT_EQ(run({"explain", "--", "config set dir \"/tmp\""}), 3);
  EXPECT_EQ(run({"explain", "--", "SET", "a"}), 0);
  EXPECT_THAT(output, HasSubstr("note: Redis answers it with an error: wrong number of arguments"));
}

TEST_F(Explain, JsonHasTheSameFacts) {
  EXPECT_EQ(run({"explain", "-c", file, "--json", "--", "GET", "order:1"}), 3);
  for (const std::string part :
       {"\"verdict\": \"refused\"", "\"rule\": \"get\"", "\"environment\": \"default\"",
        "\"key\": \"order:1\"", "\"durability\": \"none\""})
    EXPECT_THAT(output, HasSubstr(part));
  EXPECT_THAT(output, HasSubstr("\"where\": \"" + file + ":2\""));
}

TEST_F(Explain, PoliciesAreTestedLikeCode) {
  const std::string tests = dir.file("policy-tests.toml");
  write_file(tests,
             "[[test]]\n"
             "command = \"GET order:1\"\n"
             "expect = \"refuse\"\n"
             "rule = \"get\"\n"
             "keys = [\"order:1\"]\n"
             "[[test]]\n"
             "command = [\"SET\", \"order:1\", \"a b\"]\n"
             "expect = \"allow\"\n"
             "durability = \"sync\"\n"
             "[[test]]\n"
             "env = \"trial\"\n"
             "command = \"FLUSHALL\"\n"
             "expect = \"observe\"\n"
             "rule = \"@builtin\"\n");
  EXPECT_EQ(run({"check", "--test", tests, file}), 0);
  EXPECT_EQ(output, tests + ": 3 of 3 tests passed\n");
}

TEST_F(Explain, AFailedPolicyTestIsShownAtItsPlace) {
  const std::string tests = dir.file("policy-tests.toml");
  write_file(tests,
             "[[test]]\n"
             "name = \"reads\"\n"
             "command = \"GET order:1\"\n"
             "expect = \"allow\"\n"
             "[[test]]\n"
             "command = \"SET order:1 x\"\n"
             "expect = \"allow\"\n"
             "durability = \"none\"\n"
             "[[test]]\n"
             "command = \"PING\"\n"
             "expect = \"allow\"\n");
  EXPECT_EQ(run({"check", file, "--test", tests}), 1);
  EXPECT_EQ(output, tests +
                        ":4:10: error: reads: GET order:1 in environment 'default' as user 'default': is "
                        "refused by rule 'get' (" +
                        file +
                        ":2)\n"
                        "    4 | expect = \"allow\"\n"
                        "      |          ^~~~~~~\n" +
                        tests +
                        ":8:14: error: SET order:1 x in environment 'default' as user 'default': its "
                        "durability is \"sync\"\n"
                        "    8 | durability = \"none\"\n"
                        "      |              ^~~~~~\n" +
                        tests + ": 1 of 3 tests passed\n");
}

TEST_F(Explain, ATableThatIsWrongTestsNothing) {
  const std::string tests = dir.file("policy-tests.toml");
  write_file(tests, "[[test]]\ncomand = \"PING\"\nexpect = \"alow\"\n");
  EXPECT_EQ(run({"check", "--test", tests, file}), 2);
  for (const char* part :
       {":2:1: error: unknown key 'comand' in [[test]]; did you mean 'command'?",
        ":1:1: error: this test has no command",
        ":3:10: error: expect must be \"allow\", \"refuse\" or \"observe\", not \"alow\"; did "
        "you mean \"allow\"?",
        "nothing was tested"})
    EXPECT_THAT(output, HasSubstr(part));
  write_file(tests, "");
  EXPECT_EQ(run({"check", "--test", tests, file}), 2);
  EXPECT_THAT(output, HasSubstr("there is no [[test]] in it"));
  EXPECT_EQ(run({"check", "--test", dir.file("none"), file}), 2);
}

TEST_F(Explain, ShippedPolicyTestsPass) {
  EXPECT_EQ(run({"check", "--test", HOLDFAST_SOURCE_DIR "/config/policy-tests.toml"}), 0) << output;
}

// What it says is what happens.
TEST_F(Explain, SaysWhatARunningHoldfastDoes) {
  Stack stack({.environment = "block = [\"@builtin\", \"@hash\"]\nallow = [\"hget\"]\n"});
  RedisClient client(stack.holdfast.port());
  const std::vector<std::vector<std::string>> commands = {
      {"GET", "a"},    {"HGET", "a", "b"},        {"HSET", "a", "b", "c"},     {"FLUSHALL"},
      {"NOSUCH", "x"}, {"CONFIG", "GET", "port"}, {"CONFIG", "SET", "a", "b"}, {"CONFIG", "NONSENSE"},
      {"PING"}};
  for (const auto& command : commands) {
    std::vector<std::string> arguments = {"explain", "-c", stack.holdfast.config_file(), "--"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const int code = run(arguments);
    const std::string reply = client.command(command);
    EXPECT_EQ(code, reply.starts_with("-NOPERM") ? 3 : 0) << reply << output;
    if (code == 3) {
      EXPECT_THAT(output, HasSubstr("reply       " + reply.substr(1)));
    }
  }
}

TEST_F(Explain, CheckHasAFormForPrograms) {
  write_file(file, "[server]\nworkerz = 1\n[environment.default]\nmode = \"audit\"\n");
  EXPECT_EQ(run({"check", "--json", file}), 2);
  for (const char* part : {"\"good\": false", "\"errors\": 1", "\"warnings\": 1", "\"line\": 2",
                           "\"column\": 1", "did you mean 'workers'?", "\"severity\": \"warning\""})
    EXPECT_THAT(output, HasSubstr(part));
  write_file(file, "[environment.default]\nmode = \"audit\"\n");
  EXPECT_EQ(run({"check", file}), 0);
  EXPECT_THAT(output, HasSubstr(":2:8: warning: mode = \"audit\""));
  EXPECT_THAT(output, HasSubstr(": good, with 1 warning\n"));
  EXPECT_EQ(run({"check", "--strict", file}), 2);
}

}  // namespace
}  // namespace holdfast::testing
