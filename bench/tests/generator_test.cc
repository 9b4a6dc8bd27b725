// The load generator against a server of the test's own: what it counts, and what it refuses to count.
#include "bench/load/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bench/floor/framing.h"
#include "bench/load/tcp.h"

namespace holdfast::bench {
namespace {

using ::testing::HasSubstr;

// One thread that answers request number n (from 0, the PINGs of connecting not counted) with answer(n),
// and closes the connection when that is empty.
class Server {
 public:
  explicit Server(std::function<std::string(int)> answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_.get(), 128);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    is_over_ = true;
    thread_.join();
  }
  int port() const { return port_; }
  int requests() const { return requests_; }

 private:
  struct Client {
    Fd fd;
    std::string bytes = {};
  };

  void serve() {
    std::vector<Client> clients;
    while (!is_over_) {
      std::vector<pollfd> polled = {{listener_.get(), POLLIN, 0}};
      for (const Client& client : clients) polled.push_back({client.fd.get(), POLLIN, 0});
      poll(polled.data(), polled.size(), 10);
      for (size_t i = clients.size(); i > 0; --i) {
        if (polled[i].revents != 0 && !serve(clients[i - 1])) {
          clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i - 1));
        }
      }
      if (polled[0].revents != 0) clients.push_back({Fd(accept(listener_.get(), nullptr, nullptr))});
    }
  }

  bool serve(Client& client) {
    char buffer[65536];
    const ssize_t got = recv(client.fd.get(), buffer, sizeof(buffer), 0);
    if (got <= 0) return false;
    client.bytes.append(buffer, static_cast<size_t>(got));
    size_t at = 0;
    std::string replies;
    bool goes_on = true;
    while (goes_on && at < client.bytes.size()) {
      const size_t begin = at;
      if (framing::skip_request(client.bytes.data(), client.bytes.size(), at) != framing::Step::kWhole) break;
      const bool is_ping = client.bytes.compare(begin, 4, "*1\r\n") == 0;
      const std::string reply = is_ping ? "+PONG\r\n" : answer_(requests_++);
      goes_on = !reply.empty();
      replies += reply;
    }
    client.bytes.erase(0, at);
    return send_all(client.fd.get(), replies).ok() && goes_on;
  }

  std::function<std::string(int)> answer_;
  Fd listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = 0;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

LoadSpec fixed_number(int port, uint64_t requests) {
  LoadSpec spec;
  spec.port = port;
  spec.requests = requests;
  spec.groups = {{"clients", 5, 4, 0, 0}};
  return spec;
}

TEST(Generator, SendsExactlyAsManyRequestsAsAsked) {
  Server server([](int) { return "+OK\r\n"; });
  const auto result = run_load(fixed_number(server.port(), 1003));
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result.value().requests, 1003u);
  EXPECT_EQ(result.value().groups.at(0).latency.total(), 1003u);
  EXPECT_EQ(server.requests(), 1003);
}

TEST(Generator, AnErrorReplyFailsTheRun) {
  Server server([](int n) { return n == 500 ? "-MISCONF holdfast: no\r\n" : "+OK\r\n"; });
  const auto result = run_load(fixed_number(server.port(), 1000));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("the reply to a SET was '-MISCONF holdfast: no'"));
}

TEST(Generator, AClosedConnectionFailsTheRun) {
  Server server([](int n) { return n == 500 ? "" : "+OK\r\n"; });
  EXPECT_FALSE(run_load(fixed_number(server.port(), 1000)).ok());
}

TEST(Generator, AReplyThatNobodyAskedForFailsTheRun) {
  Server server([](int n) { return n == 7 ? "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n" : "+OK\r\n"; });
  EXPECT_FALSE(run_load(fixed_number(server.port(), 1000)).ok());
}

TEST(Generator, GroupsAreCountedEachForItself) {
  Server server([](int) { return "+OK\r\n"; });
  LoadSpec spec = fixed_number(server.port(), 1000);
  spec.groups = {{"a", 2, 1, 0, 0}, {"b", 3, 2, 0, 0}};
  const auto result = run_load(spec);
  ASSERT_TRUE(result.ok()) << result.error().message();
  const auto& groups = result.value().groups;
  EXPECT_GT(groups.at(0).requests, 0u);
  EXPECT_GT(groups.at(1).requests, 0u);
  EXPECT_EQ(groups.at(0).requests + groups.at(1).requests, 1000u);
}

// One stall of 300 ms while 1,000 requests a second are due: every request that was due in it must count its
// share of the stall, although only one was in flight.
TEST(Generator, AStallCountsForEveryRequestThatWasDueInIt) {
  Server server([](int n) {
    if (n == 200) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return "+OK\r\n";
  });
  LoadSpec spec = fixed_number(server.port(), 1000);
  spec.groups = {{"clients", 1, 1, 0, 1000}};
  const auto result = run_load(spec);
  ASSERT_TRUE(result.ok()) << result.error().message();
  const LatencyHistogram& latency = result.value().groups.at(0).latency;
  // About 250 of the 1,000 were due more than 50 ms before the stall's end; without its share it were one.
  EXPECT_GT(latency.percentile_ns(80), 50'000'000u);
}

}  // namespace
}  // namespace holdfast::bench
