// The habits of the house that no compiler checks. Each failure is one line: file:line: what to do.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace holdfast::house {
namespace {

constexpr size_t kMaxColumns = 110;
constexpr size_t kMaxLines = 600;

// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t columns(const std::string& line) {
  return static_cast<size_t>(std::count_if(
      line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<SourceFile> all_sources() {
  std::vector<SourceFile> files = cpp_files();
  for (const char* suffix : {"CMakeLists.txt", ".cmake", ".sh"}) {
    for (const std::string& path : files_ending_in(suffix)) files.push_back(read_source(path));
  }
  files.push_back(read_source("dev"));
  files.push_back(read_source(".ci/run"));
  return files;
}

TEST(Tidy, HeadersBeginWithACommentAndPragmaOnce) {
  for (const SourceFile& file : cpp_files()) {
    if (!file.is_header()) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path << " is empty";
    EXPECT_TRUE(file.lines[0].starts_with("// "))
        << file.at(1) << ": say what this is, whose, on which thread";
    const auto code = std::find_if(file.lines.begin(), file.lines.end(),
                                   [](const std::string& line) { return !line.starts_with("//"); });
    EXPECT_TRUE(code != file.lines.end() && *code == "#pragma once")
        << file.path << ": #pragma once comes right after the comment";
  }
}

// A source that includes its own header first proves that the header needs nothing before it. Headers without
// a source are compiled alone, by tests/house/CMakeLists.txt.
TEST(Tidy, SourcesIncludeTheirOwnHeaderFirst) {
  for (const SourceFile& file : cpp_files()) {
    if (file.is_header()) continue;
    const std::string header = file.path.substr(0, file.path.size() - 3) + ".h";
    if (!exists(header)) continue;
    const std::vector<Include> includes = file.includes();
    ASSERT_FALSE(includes.empty()) << file.path << ": include \"" << header << "\"";
    EXPECT_EQ(includes[0].name, header) << file.at(includes[0].line) << ": its own header comes first";
  }
}

TEST(Tidy, LinesAndFilesAreShort) {
  for (const SourceFile& file : all_sources()) {
    EXPECT_LE(file.lines.size(), kMaxLines) << file.path << ": split it, a file has one reason to exist";
    for (size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_LE(columns(file.lines[i]), kMaxColumns) << file.at(i + 1) << ": break the line";
    }
  }
}

TEST(Tidy, NothingIsPutOff) {
  // In two halves, so that this file may contain them.
  const std::string kMarks[] = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                std::string("XX") + "X:"};
  for (const SourceFile& file : all_sources()) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& mark : kMarks) {
        EXPECT_EQ(file.lines[i].find(mark), std::string::npos)
            << file.at(i + 1) << ": do it, or file an issue and say so in README.md";
      }
    }
  }
}

TEST(Tidy, NoTabsOrTrailingSpaces) {
  for (const SourceFile& file : all_sources()) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      EXPECT_EQ(line.find('\t'), std::string::npos) << file.at(i + 1) << ": a tab";
      EXPECT_FALSE(!line.empty() && (line.back() == ' ' || line.back() == '\r')) << file.at(i + 1);
    }
  }
}

TEST(Tidy, ArchitectureNamesEveryTopLevelFolder) {
  std::string text;
  for (const std::string& line : read_source("ARCHITECTURE.md").lines) text += line + "\n";
  for (const std::string& folder : top_level_folders()) {
    EXPECT_NE(text.find("`" + folder + "/`"), std::string::npos)
        << folder << "/ is not mentioned in ARCHITECTURE.md";
  }
}

}  // namespace
}  // namespace holdfast::house
