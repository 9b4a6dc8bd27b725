#include "tests/journal/scripted_master.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holdfast::journal {
namespace {

constexpr int kDeadlineMs = 60'000;

bool is(const std::vector<std::string>& command, const char* name) {
  return !command.empty() && strcasecmp(command[0].c_str(), name) == 0;
}

}  // namespace

ScriptedMaster::ScriptedMaster() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 8), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

ScriptedMaster::~ScriptedMaster() {
  hang_up();
  close(listener_);
}

void ScriptedMaster::hang_up() {
  if (client_ >= 0) close(client_);
  client_ = -1;
  input_.clear();
}

std::vector<std::string> ScriptedMaster::accept_until_psync() {
  hang_up();
  before_psync_.clear();
  while (true) {
    pollfd ready{client_ >= 0 ? client_ : listener_, POLLIN, 0};
    if (client_ < 0) {
      if (poll(&ready, 1, kDeadlineMs) != 1) break;
      client_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int on = 1;
      setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const auto command = read_command();
    if (command.empty()) {  // it only looked, and comes again
      hang_up();
      continue;
    }
    if (is(command, "PSYNC")) return {command.begin() + 1, command.end()};
    before_psync_.push_back(command);
    if (is(command, "INFO")) {
      const std::string text =
          "# Server\r\nredis_version:7.0.15\r\nrun_id:" + std::string(40, 'c') +
          "\r\nloading:0\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:" + replid +
          "\r\nmaster_replid2:" + replid2 + "\r\nmaster_repl_offset:" + std::to_string(offset) +
          "\r\nsecond_repl_offset:" + std::to_string(second_offset) + "\r\n";
      send("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
    } else {
      send("+OK\r\n");
    }
  }
  ADD_FAILURE() << "nobody asks for PSYNC";
  return {"", ""};
}

void ScriptedMaster::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void ScriptedMaster::send_slowly(std::string_view bytes) {
  for (const char& byte : bytes) send({&byte, 1});
}

bool ScriptedMaster::fill() {
  pollfd ready{client_, POLLIN, 0};
  char bytes[4096];
  const ssize_t n = poll(&ready, 1, kDeadlineMs) == 1 ? recv(client_, bytes, sizeof bytes, 0) : 0;
  if (n > 0) input_.append(bytes, static_cast<size_t>(n));
  return n > 0;
}

std::vector<std::string> ScriptedMaster::read_command() {
  const auto line = [this](std::string& text) {
    size_t end = 0;
    while ((end = input_.find("\r\n")) == std::string::npos) {
      if (!fill()) return false;
    }
    text = input_.substr(0, end);
    input_.erase(0, end + 2);
    return true;
  };
  std::string text;
  if (!line(text)) return {};
  std::vector<std::string> command(std::stoul(text.substr(1)));
  for (std::string& argument : command) {
    if (!line(text)) return {};
    const size_t size = std::stoul(text.substr(1));
    while (input_.size() < size + 2) {
      if (!fill()) return {};
    }
    argument = input_.substr(0, size);
    input_.erase(0, size + 2);
  }
  return command;
}

bool ScriptedMaster::wait_acknowledged(uint64_t wanted) {
  while (true) {
    const auto command = read_command();
    if (command.size() != 3 || command[1] != "ACK") {
      ADD_FAILURE() << "no acknowledgement, but " << ::testing::PrintToString(command);
      return false;
    }
    const uint64_t acknowledged = std::stoull(command[2]);
    EXPECT_LE(acknowledged, wanted);
    if (acknowledged >= wanted) return acknowledged == wanted;
  }
}

}  // namespace holdfast::journal
