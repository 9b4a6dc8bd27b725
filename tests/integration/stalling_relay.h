// A TCP relay between Holdfast and Redis that can stop passing on the replication stream, as a network or a
// disk that hangs would, while every other connection goes on; or what Redis answers to ROLE and behind it.
#pragma once

#include <atomic>
#include <cstdint>
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
  // While true, nothing that Redis sends on a connection that has asked for PSYNC is passed on. Holds when
  // this returns.
  void stall_replication(bool stall);
  // New connections reach another server from now on; those that are there end.
  void switch_to(int redis_port);
  void cut() { cut_ = true; }
  // New connections end at once.
  void refuse(bool refuse) { refusing_ = refuse; }
  // Bytes that servers have sent so far, over all connections.
  uint64_t passed_on() const { return passed_on_; }
  // From now on a connection is passed on up to the answer to the next ROLE, and nothing more of it.
  void stall_roles() { roles_stalled_ = true; }

 private:
  struct Pair {
    int client;
    int server;
    bool replica = false;
    bool mute = false;  // the server's side is passed on no more
  };

  void run();
  void accept_one();
  // False when either side has ended.
  static bool pass_on(int from, int to, bool& saw_psync);
  bool pass_on_answers(Pair& pair) const;

  std::atomic<int> redis_port_;
  std::atomic<bool> cut_ = false;
  std::atomic<bool> refusing_ = false;
  mutable std::atomic<uint64_t> passed_on_ = 0;
  int listener_ = -1;
  int port_ = 0;
  std::list<Pair> pairs_;
  std::atomic<bool> stalled_ = false;
  std::atomic<uint64_t> turns_ = 0;  // of run()
  std::atomic<bool> roles_stalled_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace holdfast::testing
