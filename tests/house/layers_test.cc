// Who may include whom. The table of ARCHITECTURE.md is the rule; every #include of the tree is held to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace holdfast::house {
namespace {

struct Row {
  bool everything = false;
  std::set<std::string> folders;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (size_t begin = 1; begin < line.size();) {
    const size_t end = std::min(line.find('|', begin), line.size());
    cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

// The words in backquotes: "`base` `config`" -> base, config.
std::vector<std::string> code_words(const std::string& cell) {
  std::vector<std::string> words;
  for (size_t open = cell.find('`'); open != std::string::npos;) {
    const size_t close = cell.find('`', open + 1);
    if (close == std::string::npos) break;
    words.push_back(cell.substr(open + 1, close - open - 1));
    open = cell.find('`', close + 1);
  }
  return words;
}

// Rows of the table whose second column is headed "may include", by folder.
std::map<std::string, Row> read_table() {
  std::map<std::string, Row> table;
  bool inside = false;
  for (const std::string& line : read_source("ARCHITECTURE.md").lines) {
    if (line.starts_with("| folder | may include |")) {
      inside = true;
    } else if (!line.starts_with('|')) {
      inside = false;
    } else if (inside && line.starts_with("| `")) {
      const std::vector<std::string> cells = cells_of(line);
      std::string folder = code_words(cells.at(0)).at(0);
      if (folder.ends_with('/')) folder.pop_back();
      Row& row = table[folder];
      for (const std::string& word : code_words(cells.at(1))) row.folders.insert(word);
      row.everything = cells.at(1).find("everything") != std::string::npos;
    }
  }
  return table;
}

bool is_product(const std::string& folder) {
  return folder != "tests" && folder != "bench";
}

TEST(Layers, TheTableKnowsEveryFolderThatHoldsCode) {
  const auto table = read_table();
  ASSERT_GE(table.size(), 10u) << "the table of ARCHITECTURE.md was not found";
  for (const SourceFile& file : cpp_files()) {
    EXPECT_TRUE(table.contains(file.folder)) << file.path << ": its folder has no row in ARCHITECTURE.md";
  }
}

TEST(Layers, ArrowsOfTheTablePointDown) {
  const auto table = read_table();
  for (const auto& [folder, row] : table) {
    for (const std::string& lower : row.folders) {
      ASSERT_TRUE(table.contains(lower)) << folder << " may include '" << lower << "', which is no folder";
      EXPECT_FALSE(table.at(lower).everything || table.at(lower).folders.contains(folder))
          << folder << " and " << lower << " may include each other";
    }
  }
}

TEST(Layers, EveryIncludeIsAllowedByTheTable) {
  const auto table = read_table();
  for (const SourceFile& file : cpp_files()) {
    if (!table.contains(file.folder)) continue;
    const Row& row = table.at(file.folder);
    for (const Include& include : file.includes()) {
      if (!include.quoted) continue;
      const std::string target = include.name.substr(0, include.name.find('/'));
      if (!table.contains(target)) {
        ADD_FAILURE() << file.at(include.line) << ": write \"" << include.name
                      << "\" from the root of the project";
        continue;
      }
      EXPECT_TRUE(target == file.folder || row.everything || row.folders.contains(target))
          << file.at(include.line) << ": " << file.folder << "/ may not include \"" << include.name
          << "\" (table of ARCHITECTURE.md)";
      EXPECT_TRUE(exists(include.name)) << file.at(include.line) << ": there is no " << include.name;
    }
  }
}

TEST(Layers, OnlyNetIncludesLibuv) {
  for (const SourceFile& file : cpp_files()) {
    if (file.folder == "net" || !is_product(file.folder)) continue;
    for (const Include& include : file.includes()) {
      EXPECT_NE(include.name, "uv.h") << file.at(include.line) << ": use the classes of net/";
    }
  }
}

TEST(Layers, OnlyTlsIncludesOpenssl) {
  for (const SourceFile& file : cpp_files()) {
    if (file.folder == "tls" || !is_product(file.folder)) continue;
    for (const Include& include : file.includes()) {
      EXPECT_FALSE(include.name.starts_with("openssl/")) << file.at(include.line) << ": use tls/";
    }
  }
}

TEST(Layers, HeavyHeadersStayOutOfHeaders) {
  const char* const kHeavy[] = {"spdlog/", "fmt/", "toml", "nlohmann/", "prometheus/", "CLI/", "llhttp"};
  for (const SourceFile& file : cpp_files()) {
    if (!file.is_header() || !is_product(file.folder)) continue;
    for (const Include& include : file.includes()) {
      if (include.quoted) continue;
      for (const char* heavy : kHeavy) {
        EXPECT_FALSE(include.name.starts_with(heavy))
            << file.at(include.line) << ": <" << include.name << "> belongs into the .cc file";
      }
    }
  }
}

TEST(Layers, PolicyAndRespArePure) {
  const std::set<std::string> impure = {
      "chrono",     "ctime",       "time.h",     "random",       "thread",  "mutex",
      "fstream",    "iostream",    "filesystem", "cstdio",       "stdio.h", "unistd.h",
      "fcntl.h",    "netdb.h",     "poll.h",     "shared_mutex", "future",  "condition_variable",
      "base/log.h", "base/clock.h"};
  for (const SourceFile& file : cpp_files()) {
    if (file.folder != "policy" && file.folder != "resp") continue;
    for (const Include& include : file.includes()) {
      const bool system_header = include.name.starts_with("sys/") || include.name.starts_with("netinet/") ||
                                 include.name.starts_with("arpa/");
      EXPECT_FALSE(impure.contains(include.name) || system_header)
          << file.at(include.line) << ": " << file.folder << "/ is pure and may not include " << include.name;
    }
  }
}

}  // namespace
}  // namespace holdfast::house
