#include "tests/integration/stalling_relay.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <vector>

namespace holdfast::testing {
namespace {

constexpr int kLookMs = 2;  // how soon a change of stalled_ or stopping_ is seen

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

StallingRelay::StallingRelay(int redis_port)
    : redis_port_(redis_port), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

StallingRelay::~StallingRelay() {
  stopping_ = true;
  thread_.join();
  close(listener_);
}

void StallingRelay::stall_replication(bool stall) {
  stalled_ = stall;
  // A turn that has begun before may still pass something on.
  for (const uint64_t seen = turns_; turns_ < seen + 2;) std::this_thread::yield();
}

void StallingRelay::switch_to(int redis_port) {
  redis_port_ = redis_port;
  cut_ = true;
}

void StallingRelay::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (refusing_) {
    close(client);
    return;
  }
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(redis_port_);
  if (client < 0 || connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(client);
    close(server);
    return;
  }
  const int on = 1;
  for (const int fd : {client, server}) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  pairs_.push_back({client, server});
}

bool StallingRelay::pass_on(int from, int to, bool& saw_psync) {
  char buffer[65536];
  const ssize_t size = recv(from, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  std::string_view bytes(buffer, static_cast<size_t>(size));
  if (bytes.find("PSYNC") != std::string_view::npos) saw_psync = true;
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool StallingRelay::pass_on_answers(Pair& pair) const {
  char buffer[65536];
  const ssize_t size = recv(pair.server, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  std::string_view bytes(buffer, static_cast<size_t>(size));
  const size_t role = roles_stalled_ ? bytes.find("*3\r\n$6\r\nmaster") : std::string_view::npos;
  if (role != std::string_view::npos) pair.mute = true;
  bytes = bytes.substr(0, role);
  passed_on_ += bytes.size();
  return send(pair.client, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void StallingRelay::run() {
  for (; !stopping_; ++turns_) {
    std::vector<pollfd> fds = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      fds.push_back({pair.client, POLLIN, 0});
      fds.push_back({pair.mute || (pair.replica && stalled_) ? -1 : pair.server, POLLIN, 0});
    }
    const int ready = poll(fds.data(), fds.size(), kLookMs);
    const bool cutting = cut_.exchange(false);
    if (ready <= 0 && !cutting) continue;
    size_t at = 1;
    for (auto pair = pairs_.begin(); pair != pairs_.end(); at += 2) {
      bool open = !cutting;
      if (open && fds[at].revents != 0) open = pass_on(pair->client, pair->server, pair->replica);
      if (open && fds[at + 1].revents != 0) open = pass_on_answers(*pair);
      if (open) {
        ++pair;
        continue;
      }
      close(pair->client);
      close(pair->server);
      pair = pairs_.erase(pair);
    }
    if (fds[0].revents != 0) accept_one();
  }
  for (const Pair& pair : pairs_) {
    close(pair.client);
    close(pair.server);
  }
}

}  // namespace holdfast::testing
