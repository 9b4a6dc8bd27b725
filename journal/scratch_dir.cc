#include "journal/scratch_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockFile = "in-use";
constexpr int kAttempts = 5;

// The lock of a directory, or -1: it cannot be had, or is no longer the one that the name leads to.
int take_lock(const std::string& path, int flags) {
  const std::string name = path + "/" + kLockFile;
  const int fd = ::open(name.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return -1;
  struct stat ours {};
  struct stat named {};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &ours) == 0 && ::stat(name.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino)
    return fd;
  ::close(fd);
  return -1;
}

}  // namespace

Result<std::unique_ptr<ScratchDir>> ScratchDir::create(const std::string& parent) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = parent + "/" + kPrefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      return Error::from_errno("cannot make a temporary directory in " + parent, errno);
    // Between the two lines another process may have taken it for a leftover: then there is another.
    if (const int lock = take_lock(path, O_CREAT); lock >= 0)
      return std::unique_ptr<ScratchDir>(new ScratchDir(std::move(path), lock));
  }
  return Error(ErrorCode::kIo, "cannot lock a temporary directory in " + parent);
}

ScratchDir::~ScratchDir() {
  std::error_code problem;
  fs::remove_all(path_, problem);
  ::close(lock_);
}

std::vector<std::string> ScratchDir::remove_leftovers(const std::string& parent) {
  std::vector<std::string> found;
  std::error_code problem;
  for (fs::directory_iterator it(parent, problem), end; !problem && it != end; it.increment(problem)) {
    if (it->path().filename().string().starts_with(kPrefix)) found.push_back(it->path().string());
  }
  std::vector<std::string> removed;
  for (const std::string& path : found) {
    if (fs::is_symlink(path, problem) || !fs::is_directory(path, problem)) continue;
    // Killed before it had made its lock: made here, so that whoever is only slow finds it taken.
    const int lock = take_lock(path, O_CREAT);
    if (lock < 0) continue;
    fs::remove_all(path, problem);
    if (!problem) removed.push_back(path);
    ::close(lock);
  }
  return removed;
}

std::string temporary_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen == '/' ? chosen : "/tmp";
}

}  // namespace holdfast::journal
