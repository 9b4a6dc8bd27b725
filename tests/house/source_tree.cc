#include "tests/house/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace holdfast::house {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path path = HOLDFAST_SOURCE_DIR;
  return path;
}

bool is_ours(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name != "build" && !name.starts_with('.') && !name.starts_with("cmake-build");
}

}  // namespace

bool SourceFile::is_header() const {
  return path.ends_with(".h");
}

std::string SourceFile::at(size_t line) const {
  return path + ":" + std::to_string(line);
}

std::vector<Include> SourceFile::includes() const {
  std::vector<Include> found;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& text = lines[i];
    if (!text.starts_with("#include")) continue;
    const size_t open = text.find_first_of("\"<");
    if (open == std::string::npos) continue;
    const bool quoted = text[open] == '"';
    const size_t close = text.find(quoted ? '"' : '>', open + 1);
    if (close == std::string::npos) continue;
    found.push_back({text.substr(open + 1, close - open - 1), quoted, static_cast<int>(i + 1)});
  }
  return found;
}

std::vector<std::string> top_level_folders() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(root())) {
    if (entry.is_directory() && is_ours(entry.path())) folders.push_back(entry.path().filename().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<std::string> files_ending_in(const std::string& suffix) {
  std::vector<std::string> paths;
  for (auto it = fs::recursive_directory_iterator(root()); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && !is_ours(it->path())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file() && it->path().filename().string().ends_with(suffix)) {
      paths.push_back(it->path().lexically_relative(root()).generic_string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

SourceFile read_source(const std::string& path) {
  SourceFile file{path, path.substr(0, path.find('/')), {}};
  std::ifstream in(root() / path);
  EXPECT_TRUE(in) << path << " cannot be read";
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}

bool exists(const std::string& path) {
  return fs::exists(root() / path);
}

std::vector<SourceFile> cpp_files() {
  std::vector<SourceFile> files;
  for (const char* suffix : {".h", ".cc"}) {
    for (const std::string& path : files_ending_in(suffix)) files.push_back(read_source(path));
  }
  return files;
}

}  // namespace holdfast::house
