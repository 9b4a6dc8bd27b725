#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "journal/directory.h"

namespace holdfast::journal {

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const std::string& dir) {
  const std::string path = dir + "/" + std::string(kLockName);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) {
    return Error::from_errno(
        "cannot write in the journal directory " + dir + "; give it to the user that Holdfast runs as",
        errno);
  }
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error::from_errno("cannot lock " + path, errno);
    char pid[24] = {};
    const ssize_t n = ::pread(fd, pid, sizeof pid - 1, 0);
    std::string owner(pid, n > 0 ? static_cast<size_t>(n) : 0);
    owner = owner.substr(0, owner.find('\n'));
    return Error(ErrorCode::kUnavailable, "journal directory " + dir +
                                              " is in use by another holdfast (pid " +
                                              (owner.empty() ? "unknown" : owner) +
                                              "); stop it or choose another upstream.<name>.journal.dir");
  }
  // Only for people and for the message above; the lock itself is the kernel's.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
    return Error::from_errno("cannot write " + path, errno);
  return lock;
}

// Closing frees the lock. The file stays: removing it would let two processes lock two files.
DirectoryLock::~DirectoryLock() {
  ::close(fd_);
}

}  // namespace holdfast::journal
