// A real redis-server for one test: a free port, a directory of its own, gone when the test ends.
//
//   RedisServer redis({"--requirepass", "secret"});
//   RedisClient client(redis.port());
//   redis.kill();                 // SIGKILL
//   redis.start();                // the same port, arguments and data directory
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace holdfast::testing {

class RedisServer {
 public:
  // Starts it with persistence off (--save "" --appendonly no), diskless sync without a delay, DEBUG
  // allowed, bound to loopback; `arguments` come after these and win.
  explicit RedisServer(std::vector<std::string> arguments = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Starts it again after stop() or kill(), on the same port; waits until it answers and has loaded its
  // data. A server that does not come up is a test failure with its log.
  void start();
  // SIGTERM, then waits for the end. Nothing happens when it is not running.
  void stop();
  // SIGKILL, then waits for the end.
  void kill();

  bool running() const { return pid_ > 0; }
  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::string& dir() const { return dir_.path(); }
  std::string log() const;

  std::vector<std::string>& arguments() { return arguments_; }  // for the next start()

 private:
  bool launch();
  void signal_and_wait(int signal);

  TempDir dir_;
  std::vector<std::string> arguments_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// A port on loopback that nobody listens on at the moment of the call.
int free_port();

// Runs a program to its end; its output (stdout and stderr) goes to `output`. The exit status, or -1.
int run_program(const std::vector<std::string>& command, std::string& output);

}  // namespace holdfast::testing
