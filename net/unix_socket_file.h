// The file of a unix socket on which this process listens: made with the socket, removed when nobody of us
// listens on it any more.
//
// While another process listens there, this one waits at "<path>.next": the other one moves that file to its
// place when it leaves (hand_over), so that the path leads to a listening socket at every moment. A process
// that was killed cannot; then who waits takes the place itself (is_in_place).
//
// Owned together by the sockets that listen on it. A file that another process has put in its place
// meanwhile is left alone. Any thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "base/result.h"

namespace holdfast::net {

class UnixSocketFile {
 public:
  // Binds `fd` to `path`, with exactly these permissions whatever the umask. A file that a dead process has
  // left is replaced. While a process listens there, it is bound to the waiting place; that this is taken
  // too (kUnavailable), or that there is a file that is no socket, is an error.
  static Result<std::shared_ptr<UnixSocketFile>> bind(int fd, const std::string& path, mode_t permissions);

  ~UnixSocketFile();

  // Has it waited at first?
  bool was_waiting() const { return waiting_; }
  // True when the path leads to this socket, perhaps only now because the other process is dead; that is
  // tried with every tenth call. One thread.
  bool is_in_place();
  // Moves the socket of the process that waits, if there is one, to the place of this one. True if the path
  // leads to another process now.
  bool hand_over();
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;

 private:
  UnixSocketFile(std::string path, bool waiting, dev_t device, ino_t inode)
      : path_(std::move(path)), waiting_(waiting), device_(device), inode_(inode) {}

  bool is_at(const std::string& path) const;

  const std::string path_;
  const bool waiting_;
  unsigned looks_ = 0;
  const dev_t device_;
  const ino_t inode_;
};

}  // namespace holdfast::net
