// What a journal is good for: a stock redis-server that starts from it.
#pragma once

#include <memory>
#include <string>

#include "tests/support/holdfast_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace holdfast::testing {

// `holdfast restore --to latest` into a new directory, redis-check-aof over it, and a stock redis-server that
// starts from it. Every step that goes wrong is a test failure.
class Restored {
 public:
  explicit Restored(const HoldfastProcess& holdfast);

  RedisServer& redis() { return *redis_; }
  RedisClient& client() { return *client_; }
  const std::string& report() const { return report_; }  // what `holdfast restore` printed
  std::string dir() const { return out_.file("restored"); }

 private:
  TempDir out_;
  std::string report_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<RedisClient> client_;
};

// A number over all data of a server (DEBUG DIGEST).
std::string digest(RedisClient& client);

// Until everything that Redis has executed is on the journal's disk.
bool wait_journaled(const HoldfastProcess& holdfast, const RedisServer& redis);

}  // namespace holdfast::testing
