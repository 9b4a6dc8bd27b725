// A TCP relay between Holdfast and Redis that can stop passing on the replication stream, as a network or a
// disk that hangs would, while every other connection goes on.
#pragma once

#include <atomic>
#include <list>
#include <string>
#include <thread>

namespace holdfast::testing {

class StallingRelay {
 public:
  explicit StallingRelay(int redis_port);
  ~StallingRelay();
  StallingRelay(const StallingRelay&) = delete;
  StallingRelay& operator=(const StallingRelay&) = delete;

  int port() const { return port_; }
  // While true, nothing that Redis sends on a connection that has asked for PSYNC is passed on.
  void stall_replication(bool stall) { stalled_ = stall; }

 private:
  struct Pair {
    int client;
    int server;
    bool replica = false;
  };

  void run();
  void accept_one();
  // False when either side has ended.
  static bool pass_on(int from, int to, bool& saw_psync);

  int redis_port_;
  int listener_ = -1;
  int port_ = 0;
  std::list<Pair> pairs_;
  std::atomic<bool> stalled_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace holdfast::testing
