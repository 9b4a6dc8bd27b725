// The file of a unix socket on which this process listens: made with the socket, removed when nobody of us
// listens on it any more.
//
// Owned together by the sockets that listen on it. A file that another process has put in its place
// meanwhile is left alone.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace holdfast::net {

class UnixSocketFile {
 public:
  // Binds `fd` to `path`, with exactly these permissions whatever the umask. A file that a dead process has
  // left is replaced; a socket on which a process listens, or a file that is no socket, is an error.
  static Result<std::shared_ptr<UnixSocketFile>> bind(int fd, const std::string& path, mode_t permissions);

  ~UnixSocketFile();
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;

 private:
  UnixSocketFile(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}

  const std::string path_;
  const dev_t device_;
  const ino_t inode_;
};

}  // namespace holdfast::net
