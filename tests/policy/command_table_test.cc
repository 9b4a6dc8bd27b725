// find_command() over every name of the table and over what is almost one.

#include "policy/command_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace holdfast::policy {
namespace {

// Looks a name up in heap blocks of exactly its size, so that AddressSanitizer sees a read past either end.
CommandId find_exact(const std::string& name, const std::string& subcommand) {
  std::unique_ptr<char[]> name_block(new char[name.size()]);
  std::unique_ptr<char[]> subcommand_block(new char[subcommand.size()]);
  std::copy(name.begin(), name.end(), name_block.get());
  std::copy(subcommand.begin(), subcommand.end(), subcommand_block.get());
  return find_command({name_block.get(), name.size()}, {subcommand_block.get(), subcommand.size()});
}

std::pair<std::string, std::string> split(std::string_view full_name) {
  size_t bar = full_name.find('|');
  if (bar == std::string_view::npos) return {std::string(full_name), ""};
  return {std::string(full_name.substr(0, bar)), std::string(full_name.substr(bar + 1))};
}

// Every `step`th letter in upper case, beginning with the first.
std::string with_upper_case(std::string word, size_t step) {
  for (size_t i = 0; i < word.size(); i += step) word[i] = static_cast<char>(std::toupper(word[i]));
  return word;
}

TEST(CommandTable, FindsEveryNameInEveryCase) {
  for (CommandId id = 1; id < commands().size(); ++id) {
    auto [name, subcommand] = split(command(id).name);
    EXPECT_EQ(find_exact(name, subcommand), id) << command(id).name;
    for (size_t step : {1, 2, 3}) {
      EXPECT_EQ(find_exact(with_upper_case(name, step), with_upper_case(subcommand, step)), id)
          << command(id).name;
    }
    EXPECT_EQ(find_command(command(id).name), id) << command(id).name;
  }
}

TEST(CommandTable, FindsNothingThatDiffersInOneByte) {
  std::set<std::string_view> names;
  for (const CommandInfo& info : commands().subspan(1)) names.insert(info.name);
  for (std::string_view known : names) {
    if (known.find('|') != std::string_view::npos) continue;
    for (size_t at = 0; at < known.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string almost(known);
        almost[at] = static_cast<char>(almost[at] ^ (1 << bit));
        bool only_case = bit == 5 && std::isalpha(static_cast<unsigned char>(known[at])) != 0;
        bool other_command = names.contains(almost);
        EXPECT_EQ(find_exact(almost, "") != kUnknownCommand, only_case || other_command) << almost;
      }
    }
  }
}

TEST(CommandTable, FindsNothingThatIsShorterOrLonger) {
  for (const CommandInfo& info : commands().subspan(1)) {
    std::string name(info.name);
    for (char extra : {'\0', ' ', 'x', '\r'}) {
      CommandId longer = find_exact(name + extra, "");
      EXPECT_TRUE(longer == kUnknownCommand || command(longer).name == name + extra) << name;
    }
    CommandId shorter = find_exact(name.substr(0, name.size() - 1), "");
    EXPECT_TRUE(shorter == kUnknownCommand || command(shorter).name.size() == name.size() - 1) << name;
  }
}

TEST(CommandTable, SurvivesNamesThatAreNone) {
  EXPECT_EQ(find_command("", ""), kUnknownCommand);
  EXPECT_EQ(find_command(std::string_view(), std::string_view()), kUnknownCommand);
  EXPECT_EQ(find_command(""), kUnknownCommand);
  EXPECT_EQ(find_command("|"), kUnknownCommand);
  EXPECT_EQ(find_command("|set"), kUnknownCommand);
  EXPECT_EQ(find_command("config|"), kUnknownCommand);
  EXPECT_EQ(find_command("nosuch|set"), kUnknownCommand);
  EXPECT_EQ(find_command("config|set|set"), kUnknownCommand);
  EXPECT_EQ(find_exact(std::string("get\0", 4), ""), kUnknownCommand);
  EXPECT_EQ(find_exact(std::string("\0get", 4), ""), kUnknownCommand);
  EXPECT_EQ(find_exact(std::string("g\0et", 4), ""), kUnknownCommand);
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(find_exact(std::string(1, static_cast<char>(byte)), ""), kUnknownCommand);
  }
  for (size_t size = 0; size < 100; ++size) {
    EXPECT_EQ(find_exact(std::string(size, 'g'), ""), kUnknownCommand);
    EXPECT_EQ(find_exact(std::string(size, '\xff'), ""), kUnknownCommand);
    EXPECT_EQ(find_exact(std::string(size, '\0'), ""), kUnknownCommand);
  }
  EXPECT_EQ(find_command(std::string(1'000'000, 'g'), ""), kUnknownCommand);
}

// A name with '\r' in the place of '-' differs from a command by the case bit alone.
TEST(CommandTable, TakesNoOtherByteForALetterOfTheOtherCase) {
  EXPECT_NE(find_command("restore-asking", ""), kUnknownCommand);
  EXPECT_EQ(find_command("restore\rasking", ""), kUnknownCommand);
  EXPECT_NE(find_command("bitfield_ro", ""), kUnknownCommand);
  EXPECT_EQ(find_command("bitfield\x7fro", ""), kUnknownCommand);
}

TEST(CommandTable, LooksAtTheSecondArgumentOfContainersOnly) {
  EXPECT_EQ(command(find_command("get", "set")).name, "get");
  EXPECT_EQ(command(find_command("debug", "sleep")).name, "debug");
  EXPECT_EQ(command(find_command("config", "set")).name, "config|set");
  EXPECT_EQ(command(find_command("config", "nosuch")).name, "config");
  EXPECT_EQ(command(find_command("config", "")).name, "config");
  EXPECT_EQ(command(find_command("config", std::string(1000, 'x'))).name, "config");
  EXPECT_EQ(command(find_command("config", "kill")).name, "config") << "KILL belongs to CLIENT";
  EXPECT_EQ(find_command("set", "config"), find_command("set", ""));
}

TEST(CommandTable, DoesNotFindTheConfigurationsSpellingOnTheWire) {
  EXPECT_EQ(find_command("config|set", ""), kUnknownCommand);
  EXPECT_EQ(find_command("config|set", "x"), kUnknownCommand);
  EXPECT_NE(find_command("config|set"), kUnknownCommand);
}

TEST(CommandTable, TakesNothingUnknownForARead) {
  EXPECT_TRUE(command(kUnknownCommand).may_write());
  EXPECT_FALSE(command(kUnknownCommand).has(kReadonly));
  for (const CommandInfo& info : commands()) {
    EXPECT_TRUE(!info.needs_subcommand() || info.may_write()) << info.name;
  }
}

TEST(CommandTable, KnowsWhatMayWriteWithoutTheWriteFlag) {
  for (const char* name : {"eval", "evalsha", "fcall", "pfcount", "set", "sort", "getex", "xreadgroup"}) {
    EXPECT_TRUE(command(find_command(name)).may_write()) << name;
  }
  for (const char* name : {"get", "eval_ro", "evalsha_ro", "fcall_ro", "sort_ro", "publish", "ping"}) {
    EXPECT_FALSE(command(find_command(name)).may_write()) << name;
  }
}

TEST(CommandTable, HasABitOfItsOwnForEveryCategory) {
  uint32_t seen = 0;
  for (std::string_view name : category_names()) {
    uint32_t bit = category_bit(name);
    EXPECT_EQ(std::popcount(bit), 1) << name;
    EXPECT_EQ(seen & bit, 0u) << name;
    EXPECT_EQ(category_bit("@" + std::string(name)), bit);
    seen |= bit;
  }
  EXPECT_EQ(category_bit("nosuch"), 0u);
  EXPECT_EQ(category_bit("@"), 0u);
  EXPECT_EQ(category_bit(""), 0u);
}

}  // namespace
}  // namespace holdfast::policy
