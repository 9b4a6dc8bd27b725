#include "policy/known_scripts.h"

#include <gtest/gtest.h>

namespace holdfast::policy {
namespace {

using Names = std::vector<std::string>;

TEST(KnownScripts, FunctionsOfALibraryAreThoseThatItRegisters) {
  EXPECT_EQ(functions_of_library("#!lua name=l\nredis.register_function('f', function() end)\n"
                                 "redis.register_function( \"G\" , g)\n"),
            (Names{"f", "g"}));
  EXPECT_EQ(functions_of_library("redis.register_function{ function_name = 'f', callback = g, flags = {} }"),
            Names{"f"});
  EXPECT_EQ(functions_of_library("redis.register_function(name, f)"), Names{});
  EXPECT_EQ(functions_of_library("redis.register_function('f"), Names{});
  EXPECT_EQ(functions_of_library(""), Names{});
}

TEST(KnownScripts, AreKnownByTheirContent) {
  config::Environment environment;
  environment.scripts = config::ScriptMode::kAllowlist;
  environment.script_files = {{"a.lua", "return 1"},
                              {"l.lua", "#!lua name=l\nredis.register_function('f', function() end)"}};
  const KnownScripts known = KnownScripts::compile(environment);
  const auto allows = [&](std::vector<std::string_view> line) {
    return known.allows(find_command(line[0], line.size() > 1 ? line[1] : ""), line);
  };
  EXPECT_TRUE(allows({"EVAL", "return 1", "0"}));
  EXPECT_FALSE(allows({"EVAL", "return 2", "0"}));
  // printf 'return 1' | sha1sum
  EXPECT_TRUE(allows({"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"}));
  EXPECT_TRUE(allows({"EVALSHA_RO", "E0E1F9FABFC9D4800C877A703B823AC0578FF8DB", "0"}));
  EXPECT_FALSE(allows({"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8dc", "0"}));
  EXPECT_TRUE(allows({"FCALL", "F", "0"}));
  EXPECT_FALSE(allows({"FCALL", "g", "0"}));
  EXPECT_FALSE(allows({"EVAL", environment.script_files[1].code, "0"}));
  EXPECT_TRUE(allows({"FUNCTION", "LOAD", "REPLACE", environment.script_files[1].code}));
  EXPECT_FALSE(allows({"FUNCTION", "LOAD", "return 1"}));
  EXPECT_FALSE(allows({"FUNCTION", "RESTORE", "payload"}));
  EXPECT_TRUE(allows({"GET", "k"}));
  EXPECT_TRUE(known.concerns(find_command("eval")));
  EXPECT_FALSE(known.concerns(find_command("get")));
  EXPECT_FALSE(KnownScripts().concerns(find_command("eval")));
}

}  // namespace
}  // namespace holdfast::policy
