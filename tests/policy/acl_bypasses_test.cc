// The ways in which a command line has been made to touch a key, or run a command, that its user may not:
// each one by name. (The positions alone: key_positions_test.cc; over the wire:
// tests/integration/bypasses_test.cc.)

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/users.h"

namespace holdfast::policy {
namespace {

bool allows(const std::string& acl, const std::vector<std::string>& line) {
  config::Environment environment;
  environment.name = "default";
  config::User user;
  user.name = "u";
  user.acl.value = acl;
  environment.users.push_back(user);
  config::ProblemList problems("h.toml");
  const Users users = Users::compile(environment, problems);
  EXPECT_TRUE(problems.empty()) << problems.lines()[0];
  const std::vector<std::string_view> words(line.begin(), line.end());
  const CommandId id = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  KeyUses uses;
  return decide(*users.find("u"), id, words, uses).allowed();
}

// May do everything, with keys of its own.
bool mine(const std::vector<std::string>& line) {
  return allows("+@all ~m*", line);
}

TEST(AclBypasses, SortWithTwoStores) {
  EXPECT_TRUE(mine({"SORT", "m", "STORE", "m2"}));
  EXPECT_FALSE(mine({"SORT", "m", "STORE", "m2", "STORE", "other"}));
  EXPECT_FALSE(mine({"SORT", "m", "STORE", "other", "STORE", "m2"}));
  EXPECT_FALSE(mine({"sort", "m", "sToRe", "other"}));
  // LIMIT takes two words, so the second STORE here is none.
  EXPECT_FALSE(mine({"SORT", "m", "LIMIT", "0", "STORE", "STORE", "other"}));
}

TEST(AclBypasses, SortReadsWhatItsPatternsName) {
  for (const char* option : {"BY", "GET", "get"}) {
    EXPECT_FALSE(mine({"SORT", "m", option, "other_*"}));
    EXPECT_FALSE(mine({"SORT", "m", option, "m_*"}));  // what the elements say is not known
    EXPECT_FALSE(mine({"SORT_RO", "m", option, "*"}));
    EXPECT_FALSE(mine({"SORT", "m", option, "other_*->field"}));
  }
  EXPECT_TRUE(mine({"SORT", "m", "BY", "nosort", "GET", "#"}));
}

TEST(AclBypasses, GeoradiusWithTwoStores) {
  EXPECT_TRUE(mine({"GEORADIUS", "m", "0", "0", "1", "km", "STORE", "m2"}));
  EXPECT_FALSE(mine({"GEORADIUS", "m", "0", "0", "1", "km", "STORE", "m2", "STORE", "other"}));
  EXPECT_FALSE(mine({"GEORADIUS", "m", "0", "0", "1", "km", "STORE", "other", "STOREDIST", "m2"}));
  EXPECT_FALSE(mine({"GEORADIUSBYMEMBER", "m", "x", "1", "km", "storedist", "other"}));
  EXPECT_FALSE(mine({"GEORADIUSBYMEMBER", "m", "STORE", "1", "km", "STORE", "other"}));
}

TEST(AclBypasses, CountsOfKeysThatLie) {
  EXPECT_TRUE(mine({"ZUNIONSTORE", "m", "1", "m1"}));
  EXPECT_FALSE(mine({"ZUNIONSTORE", "m", "2", "m1", "other"}));
  EXPECT_FALSE(mine({"ZUNIONSTORE", "other", "1", "m1"}));
  for (const char* count : {"0", "-1", "01", "+1", "1 ", "0x1", "3", "99999999999999999999", "", "one"})
    for (const char* command : {"ZUNION", "LMPOP", "SINTERCARD", "ZDIFF"})
      EXPECT_FALSE(mine({command, count, "m1", "m2"})) << command << " " << count;
}

TEST(AclBypasses, ScriptsWithCountsThatLie) {
  for (const char* command : {"EVAL", "EVALSHA", "FCALL", "EVAL_RO", "FCALL_RO"}) {
    EXPECT_TRUE(mine({command, "s", "1", "m", "other"})) << command;  // an argument, not a key
    EXPECT_TRUE(mine({command, "s", "0", "other"})) << command;
    EXPECT_FALSE(mine({command, "s", "2", "m", "other"})) << command;
    for (const char* count : {"-1", "-0", "3", "1x", "4294967297", "18446744073709551617"})
      EXPECT_FALSE(mine({command, "s", count, "m", "m2"})) << command << " " << count;
  }
}

TEST(AclBypasses, XreadgroupWithOddCountsAndNamesLikeOptions) {
  EXPECT_TRUE(mine({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "m", ">"}));
  EXPECT_FALSE(mine({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "m", "other", ">"}));
  EXPECT_FALSE(mine({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "m", "other", ">", ">"}));
  EXPECT_FALSE(mine({"XREADGROUP", "GROUP", "STREAMS", "m", "STREAMS", "other", ">"}));
  EXPECT_FALSE(mine({"XREAD", "COUNT", "STREAMS", "STREAMS", "other", "0"}));
  EXPECT_FALSE(mine({"XREAD", "STREAMS"}));
  EXPECT_FALSE(mine({"XREAD", "STREAMS", "other"}));
  EXPECT_FALSE(mine({"XREAD", "STREAMS", "STREAMS", "m", "0", "0"}));
}

TEST(AclBypasses, MigrateWithKeys) {
  EXPECT_TRUE(mine({"MIGRATE", "h", "1", "m", "0", "1"}));
  EXPECT_FALSE(mine({"MIGRATE", "h", "1", "other", "0", "1"}));
  EXPECT_FALSE(mine({"MIGRATE", "h", "1", "", "0", "1", "KEYS", "m", "other"}));
  EXPECT_FALSE(mine({"MIGRATE", "h", "1", "m", "0", "1", "KEYS", "other"}));
  EXPECT_FALSE(mine({"MIGRATE", "h", "1", "", "0", "1", "AUTH", "KEYS", "KEYS", "other"}));
  EXPECT_FALSE(mine({"MIGRATE", "h", "1", "", "0", "1", "AUTH2", "KEYS", "m", "keys", "other"}));
}

TEST(AclBypasses, CopyIntoAnotherDatabase) {
  EXPECT_TRUE(mine({"COPY", "m", "m2", "DB", "1"}));
  EXPECT_FALSE(mine({"COPY", "m", "other", "DB", "1"}));
  EXPECT_FALSE(mine({"COPY", "other", "m", "DB", "1", "REPLACE"}));
  EXPECT_FALSE(allows("+@all %R~m* %W~m2", {"COPY", "m", "m"}));
  EXPECT_FALSE(allows("+@all %W~m*", {"COPY", "m", "m2"}));
}

TEST(AclBypasses, FirstArguments) {
  const std::string acl = "+select|0 +@read ~*";
  EXPECT_TRUE(allows(acl, {"SELECT", "0"}));
  for (const char* database : {"1", "00", " 0", "0 ", "", "-0"})
    EXPECT_FALSE(allows(acl, {"SELECT", database}));
  EXPECT_FALSE(allows(acl, {"SELECT"}));
  EXPECT_FALSE(allows(acl + " -select", {"SELECT", "0"}));
  EXPECT_TRUE(allows("+memory|usage ~*", {"MEMORY", "usage", "k"}));
}

TEST(AclBypasses, Subcommands) {
  const std::string acl = "+config|get +client -client|kill ~*";
  EXPECT_TRUE(allows(acl, {"config", "GeT", "x"}));
  EXPECT_FALSE(allows(acl, {"CONFIG", "SET", "dir", "/"}));
  EXPECT_FALSE(allows(acl, {"CONFIG", "set", "dir", "/"}));
  EXPECT_FALSE(allows(acl, {"CONFIG", std::string("GET\0", 4), "x"}));
  EXPECT_FALSE(allows(acl, {"CONFIG", "nosuch"}));
  EXPECT_FALSE(allows(acl, {"CONFIG"}));
  EXPECT_FALSE(allows(acl, {"config|get", "x"}));  // the name in rules is none on the wire
  EXPECT_TRUE(allows(acl, {"CLIENT", "ID"}));
  EXPECT_FALSE(allows(acl, {"CLIENT", "kill", "x"}));
}

TEST(AclBypasses, SelectorsDoNotAddUp) {
  const std::string acl = "+get ~r* (+set ~w* %R~x*) (+copy ~c*)";
  EXPECT_TRUE(allows(acl, {"GET", "r"}));
  EXPECT_TRUE(allows(acl, {"SET", "w", "v"}));
  EXPECT_FALSE(allows(acl, {"SET", "r", "v"}));
  EXPECT_FALSE(allows(acl, {"GET", "w"}));
  EXPECT_FALSE(allows(acl, {"COPY", "r", "w"}));
  EXPECT_FALSE(allows(acl, {"SET", "x", "v", "GET"}));  // %W~ is needed too
}

TEST(AclBypasses, ReadingByWriting) {
  const std::string acl = "+@all %W~m*";
  EXPECT_TRUE(allows(acl, {"SET", "m", "v"}));
  EXPECT_FALSE(allows(acl, {"SET", "m", "v", "GET"}));
  EXPECT_FALSE(allows(acl, {"set", "m", "v", "EX", "5", "get"}));
  EXPECT_FALSE(allows(acl, {"GETSET", "m", "v"}));
  EXPECT_FALSE(allows(acl, {"GETDEL", "m"}));
  EXPECT_FALSE(allows(acl, {"LPOP", "m"}));
  EXPECT_FALSE(allows(acl, {"BITFIELD", "m", "SET", "u8", "0", "1"}));
  EXPECT_TRUE(allows("+@all %R~m*", {"BITFIELD", "m", "GET", "u8", "0"}));
  EXPECT_FALSE(allows("+@all %R~m*", {"BITFIELD", "m", "GET", "u8", "0", "INCRBY", "u8", "0", "1"}));
  EXPECT_FALSE(allows("+@all %R~m*", {"GETEX", "m", "PERSIST"}));
}

TEST(AclBypasses, TheCaseOfKeysMattersAndThatOfCommandsDoesNot) {
  EXPECT_FALSE(mine({"GET", "M1"}));
  EXPECT_FALSE(allows("+@all -flushall ~*", {"fLuShAlL"}));
  EXPECT_FALSE(allows("+@all -@dangerous ~*", {"Keys", "*"}));
  EXPECT_TRUE(mine({"gEt", "m1"}));
}

TEST(AclBypasses, WhatNobodyKnows) {
  EXPECT_FALSE(mine({"NOSUCHCOMMAND", "m"}));
  EXPECT_FALSE(mine({"DEBUG", "RELOAD"}));
  EXPECT_FALSE(mine({"DEBUG", "OBJECT", "other"}));
  EXPECT_FALSE(allows("+@read +@write ~*", {"NOSUCHCOMMAND", "m"}));
  EXPECT_FALSE(mine({"GET ", "m"}));
  EXPECT_FALSE(mine({"", "m"}));
}

TEST(AclBypasses, ChannelsArePatternsOnlyWhereTheyAreWritten) {
  const std::string acl = "+@all ~* &events:*";
  EXPECT_TRUE(allows(acl, {"SUBSCRIBE", "events:1"}));
  EXPECT_TRUE(allows(acl, {"PSUBSCRIBE", "events:*"}));
  EXPECT_FALSE(allows(acl, {"PSUBSCRIBE", "events:1*"}));  // as in Redis: the very pattern
  EXPECT_FALSE(allows(acl, {"PSUBSCRIBE", "*"}));
  EXPECT_FALSE(allows(acl, {"PSUBSCRIBE", "events:*", "other*"}));
  EXPECT_FALSE(allows(acl, {"PUBLISH", "other", "m"}));
  EXPECT_FALSE(allows(acl, {"SSUBSCRIBE", "other"}));
}

}  // namespace
}  // namespace holdfast::policy
