#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "tests/support/child_process.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Anything but silence and -LOADING means that the server is up (-NOAUTH counts).
bool answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bool up = false;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6) {
    char reply[64];
    pollfd readable{fd, POLLIN, 0};
    const ssize_t n = poll(&readable, 1, 1000) == 1 ? recv(fd, reply, sizeof reply, 0) : 0;
    up = n > 0 && !std::string_view(reply, static_cast<size_t>(n)).starts_with("-LOADING");
  }
  close(fd);
  return up;
}

}  // namespace

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

int run_program(const std::vector<std::string>& command, std::string& output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t pid = spawn(command, ends[1]);
  close(ends[1]);
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  if (pid <= 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  // Another process can take the port between choosing and binding it.
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = free_port();
    if (launch()) return;
  }
  ADD_FAILURE() << "redis-server does not start:\n" << log();
}

RedisServer::~RedisServer() {
  kill();
}

void RedisServer::start() {
  if (running()) return;
  // The port that was ours can still be held for a moment by a server that is going away.
  EXPECT_TRUE(wait_until([this] { return launch(); })) << "redis-server does not start:\n" << log();
}

bool RedisServer::launch() {
  std::vector<std::string> command = {"redis-server",
                                      "--port",
                                      std::to_string(port_),
                                      "--bind",
                                      "127.0.0.1",
                                      "--dir",
                                      dir_.path(),
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "no",
                                      "--repl-diskless-sync-delay",
                                      "0",
                                      "--enable-debug-command",
                                      "yes"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  const int log_fd = open(dir_.file("redis.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(command, log_fd);
  close(log_fd);
  bool exited = false;
  const bool up = wait_until([&] {
    exited = waitpid(pid_, nullptr, WNOHANG) == pid_;
    return exited || answers(port_);
  });
  if (exited) pid_ = -1;
  if (!up) kill();
  return up && !exited;
}

void RedisServer::stop() {
  signal_and_wait(SIGTERM);
}
void RedisServer::kill() {
  signal_and_wait(SIGKILL);
}

void RedisServer::signal_and_wait(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string RedisServer::log() const {
  return read_file(dir_.file("redis.log"));
}

}  // namespace holdfast::testing
