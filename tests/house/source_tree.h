// The project's own source files as text, for tests that check the house rules.
#pragma once

#include <string>
#include <vector>

namespace holdfast::house {

struct Include {
  std::string name;     // as written, without the quotes or brackets
  bool quoted = false;  // "name", not <name>
  int line = 0;
};

struct SourceFile {
  std::string path;    // from the root: "net/loop.h"
  std::string folder;  // "net"
  std::vector<std::string> lines;

  bool is_header() const;
  std::vector<Include> includes() const;
  std::string at(size_t line) const;  // "net/loop.h:12", for messages; counts from 1
};

// Every .h and .cc file below the top-level folders, sorted; build directories and hidden ones are skipped.
std::vector<SourceFile> cpp_files();

// The top-level folders, sorted; build directories and hidden ones are skipped.
std::vector<std::string> top_level_folders();

// One file of the repository; the test fails when it is not there.
SourceFile read_source(const std::string& path);
bool exists(const std::string& path);

// Files below the root whose name ends in `suffix`, as paths from the root, sorted.
std::vector<std::string> files_ending_in(const std::string& suffix);

}  // namespace holdfast::house
