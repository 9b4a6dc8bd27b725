// A pipelined load that remembers what was acknowledged, for tests that kill something in its middle.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/redis_client.h"

namespace holdfast::testing {

// Writers that each set key after key and count up one counter, `pipeline` requests at a time, until stopped
// or until their connection ends.
class Load {
 public:
  Load(int port, int writers, int pipeline);
  ~Load();

  // Until that many writes were acknowledged since the start.
  bool wait_acknowledged(uint64_t writes) const;
  uint64_t acknowledged() const { return acknowledged_; }
  // Every error and lost connection that any writer has seen, by its first word.
  std::map<std::string, int> failures() const;

  void stop();
  void join();

  // After join(): how many of the acknowledged writes this server does not have.
  int missing_in(RedisClient& client) const;

 private:
  struct Writer {
    std::vector<int> keys;  // numbers of the keys that were acknowledged
    int counter = 0;        // the highest value that was acknowledged
    std::map<std::string, int> failures;
    std::thread thread;
  };

  void write(int number, int port, int pipeline);

  std::vector<Writer> writers_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> acknowledged_ = 0;
};

}  // namespace holdfast::testing
