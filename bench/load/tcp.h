// Blocking TCP to 127.0.0.1, as much as the benchmark needs. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::bench {

// A file descriptor, closed when it goes.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads and writes give up after 30 s.
Result<Fd> connect_to(int port);

// Opens `count` connections without overrunning the server's queue of connections to be accepted: now and
// then one of them must be answered before it goes on.
Result<std::vector<Fd>> connect_many(int port, int count);

Status send_all(int fd, std::string_view bytes);
// Exactly `size` bytes.
Result<std::string> receive(int fd, size_t size);

// Sends one request and answers the first line of the reply, without its end.
Result<std::string> ask(int fd, std::string_view request);

// Sends a request for `path` and answers the status, 200 for instance.
Result<int> http_status(int port, const std::string& path);

// A port of 127.0.0.1 on which nothing listens now.
Result<int> free_port();

}  // namespace holdfast::bench
