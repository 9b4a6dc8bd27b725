#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace holdfast::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "cannot make a temporary directory " << pattern;
  path_ = pattern;
}

TempDir::~TempDir() {
  // A server that was killed can have a child that removes its own file at this very moment.
  std::error_code problem;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::filesystem::remove_all(path_, problem);
    if (!problem) return;
    usleep(10'000);
  }
  EXPECT_FALSE(problem) << "cannot remove " << path_ << ": " << problem.message();
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << "cannot read " << path;
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  EXPECT_TRUE(out.good()) << "cannot write " << path;
}

void copy_tree(const std::string& from, const std::string& to) {
  std::error_code problem;
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, problem);
  EXPECT_FALSE(problem) << "cannot copy " << from << ": " << problem.message();
}

}  // namespace holdfast::testing
