// Listens on a unix socket, accepts one connection and sends back what it gets until the other side closes.
// On a thread of its own, which the destructor joins: connect before it is destroyed.
#pragma once

#include <string>
#include <thread>

namespace holdfast::testing {

class UnixEchoServer {
 public:
  explicit UnixEchoServer(const std::string& path);
  ~UnixEchoServer();
  UnixEchoServer(const UnixEchoServer&) = delete;
  UnixEchoServer& operator=(const UnixEchoServer&) = delete;

 private:
  int listener_;
  std::thread thread_;
};

}  // namespace holdfast::testing
