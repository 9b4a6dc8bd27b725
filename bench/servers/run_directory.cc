#include "bench/servers/run_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace holdfast::bench {

Result<RunDirectory> RunDirectory::make(const std::string& parent) {
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(parent, ignored).string();
  std::filesystem::create_directories(absolute, ignored);
  std::string path = absolute + "/run.XXXXXX";
  if (mkdtemp(path.data()) == nullptr)
    return Error::from_errno("cannot make a directory in " + parent, errno);
  return RunDirectory(path);
}

RunDirectory::~RunDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace holdfast::bench
