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

constexpr const char* kWaitingSuffix = ".next";
// Trying to connect costs the other process an accepted connection.
constexpr unsigned kLooksPerTry = 10;

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

// 0 when somebody listens, ECONNREFUSED when nobody does any more, ENOENT when there is no file.
int try_to_connect(const std::string& path) {
  sockaddr_un address{};
  if (!address_of(path, address)) return ENAMETOOLONG;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int problem =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(fd);
  return problem == EAGAIN ? 0 : problem;  // its queue is full, so it is there
}

// Makes room at `path`. `taken`: a process listens there.
Status remove_stale(const std::string& path, bool& taken) {
  taken = false;
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};  // bind() will say what is wrong, if anything
  if (!S_ISSOCK(file.st_mode))
    return wrong(path, "there is a file of this name that is no socket; remove it or choose another path");
  const int problem = try_to_connect(path);
  taken = problem == 0;
  if (taken) return {};
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
  const DirectoryLock lock(path);
  if (lock.busy()) return wrong(path, "another process is about to listen in this directory");
  bool waiting = false;
  if (Status free = remove_stale(path, waiting); !free.ok()) return free.error();
  std::string place = path;
  if (waiting) {
    place += kWaitingSuffix;
    bool taken = false;
    if (Status free = remove_stale(place, taken); !free.ok()) return free.error();
    if (taken)
      return Error(ErrorCode::kUnavailable,
                   "cannot listen on unix:" + path +
                       ": another process listens there, and one more waits for its place");
  }
  sockaddr_un address{};
  if (!address_of(place, address))
    return Error(ErrorCode::kInvalid,
                 "cannot listen on unix:" + place + ": its path has more than 107 bytes");
  // Linux takes a new file's permissions from the socket (without what umask forbids): it is never open to
  // more than it shall be.
  (void)::fchmod(fd, permissions);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::from_errno("cannot listen on unix:" + place, errno);
  struct stat file {};
  if (::chmod(place.c_str(), permissions) != 0 || ::lstat(place.c_str(), &file) != 0)
    return Error::from_errno("cannot set the permissions of unix:" + place, errno);
  return std::shared_ptr<UnixSocketFile>(new UnixSocketFile(path, waiting, file.st_dev, file.st_ino));
}

bool UnixSocketFile::is_at(const std::string& path) const {
  struct stat file {};
  return ::lstat(path.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
}

bool UnixSocketFile::is_in_place() {
  if (is_at(path_)) return true;
  if (looks_++ % kLooksPerTry != 0) return false;
  const std::string waiting = path_ + kWaitingSuffix;
  const int problem = try_to_connect(path_);
  if ((problem != ECONNREFUSED && problem != ENOENT) || !is_at(waiting)) return false;
  return ::rename(waiting.c_str(), path_.c_str()) == 0;
}

bool UnixSocketFile::hand_over() {
  const std::string waiting = path_ + kWaitingSuffix;
  if (!is_at(path_)) return !is_at(waiting);
  return try_to_connect(waiting) == 0 && ::rename(waiting.c_str(), path_.c_str()) == 0;
}

UnixSocketFile::~UnixSocketFile() {
  for (const std::string& place : {path_, path_ + kWaitingSuffix}) {
    if (is_at(place)) ::unlink(place.c_str());
  }
}

}  // namespace holdfast::net
