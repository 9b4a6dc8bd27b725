#include "net/unix_socket_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast::net {
namespace {

// Held between looking at an old file and replacing it, so that of two processes that start together one
// does not remove the other's fresh socket. On the directory: no file is left behind.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& path)
      : fd_(::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    busy_ = fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  }
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  bool busy() const { return busy_; }

 private:
  int fd_;
  bool busy_;
};

Error wrong(const std::string& path, const std::string& why) {
  return Error(ErrorCode::kIo, "cannot listen on unix:" + path + ": " + why);
}

// ECONNREFUSED when nobody listens; 0 when somebody does.
int try_to_connect(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int problem =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(fd);
  return problem == EAGAIN ? 0 : problem;  // its queue is full, so it is there
}

Status remove_stale(const sockaddr_un& address, const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};  // bind() will say what is wrong, if anything
  if (!S_ISSOCK(file.st_mode))
    return wrong(path, "there is a file of this name that is no socket; remove it or choose another path");
  const int problem = try_to_connect(address);
  if (problem == 0) return wrong(path, "another process listens there; stop it or choose another path");
  if (problem != ECONNREFUSED)
    return Error::from_errno("cannot listen on unix:" + path + ": the socket that is there cannot be tried",
                             problem);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return Error::from_errno("cannot listen on unix:" + path + ": a dead process's socket cannot be removed",
                             errno);
  return {};
}

}  // namespace

Result<std::shared_ptr<UnixSocketFile>> UnixSocketFile::bind(int fd, const std::string& path,
                                                             mode_t permissions) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error(ErrorCode::kInvalid, "cannot listen on unix:" + path + ": its path has more than 107 bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  const DirectoryLock lock(path);
  if (lock.busy()) return wrong(path, "another process is about to listen in this directory");
  if (Status free = remove_stale(address, path); !free.ok()) return free.error();
  // Linux takes a new file's permissions from the socket (without what umask forbids): it is never open to
  // more than it shall be.
  (void)::fchmod(fd, permissions);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::from_errno("cannot listen on unix:" + path, errno);
  struct stat file {};
  if (::chmod(path.c_str(), permissions) != 0 || ::lstat(path.c_str(), &file) != 0)
    return Error::from_errno("cannot set the permissions of unix:" + path, errno);
  return std::shared_ptr<UnixSocketFile>(new UnixSocketFile(path, file.st_dev, file.st_ino));
}

UnixSocketFile::~UnixSocketFile() {
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) return;
  ::unlink(path_.c_str());
}

}  // namespace holdfast::net
