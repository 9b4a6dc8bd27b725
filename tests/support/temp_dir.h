// A directory of its own for one test, removed with everything in it when the test ends.
#pragma once

#include <string>

namespace holdfast::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // path() + "/" + name; nothing is created.
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& content);
// Copies a directory with everything in it.
void copy_tree(const std::string& from, const std::string& to);

}  // namespace holdfast::testing
