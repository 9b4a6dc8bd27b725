// A redis-server of our own for a while: on a unix socket in a temporary directory, without any persistence
// that was not asked for, ended and cleaned up whatever happens.
//
//   auto redis = DisposableRedis::start({.arguments = {"--appendonly", "yes", "--replicaof", ...}}, stop);
//   if (Status loaded = redis.value()->wait_loaded(kHourMs); !loaded.ok()) return loaded;
//   auto connection = redis.value()->connect(kHourMs);
//
// One owner, one thread, which must live as long as the object (server_process.h). Calls block, and end at
// once when `stop` is requested. It needs about as much memory as the Redis whose data it gets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/redis_connection.h"
#include "journal/scratch_dir.h"
#include "journal/server_process.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

class DisposableRedis {
 public:
  struct Options {
    std::string program = "";                 // empty: redis-server from PATH
    std::string parent_dir = "";              // of its directory; empty: the machine's for temporary files
    std::vector<std::string> arguments = {};  // for redis-server; they come after ours and win
    bool low_priority = true;
    // Puts files into its directory (the argument) before it starts.
    std::function<Status(const std::string&)> prepare = {};
  };

  // Begins it; it may still be loading. kInvalid: no such program.
  static Result<std::unique_ptr<DisposableRedis>> start(const Options& options, const StopSignal& stop);
  ~DisposableRedis();
  DisposableRedis(const DisposableRedis&) = delete;
  DisposableRedis& operator=(const DisposableRedis&) = delete;

  // Until it answers commands. An error says what it wrote when it ended instead.
  Status wait_loaded(int64_t timeout_ms);
  // `timeout_ms`: what one command may take.
  Result<std::unique_ptr<RedisConnection>> connect(int64_t timeout_ms) const;

  const std::string& dir() const { return dir_->path(); }
  // Its unix socket, under a name that is short enough; valid in this process as long as this object.
  const Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return process_->pid(); }
  const std::string& program() const { return program_; }

 private:
  explicit DisposableRedis(const StopSignal& stop) : stop_(stop) {}
  Error ended() const;

  const StopSignal& stop_;
  std::string program_;
  std::unique_ptr<ScratchDir> dir_;
  int dir_fd_ = -1;
  Endpoint endpoint_;
  std::unique_ptr<ServerProcess> process_;  // ends before its directory goes
};

// The path of the redis-server that `configured` means; empty: redis-server, or else
// valkey-server, from PATH. kInvalid says what to do.
Result<std::string> find_redis_server(const std::string& configured);

}  // namespace holdfast::journal
