// A redis-server of our own that has what a journal has, as a Redis gets it in a recovery: REPLICAOF, the
// newest base, the stream; and more of it later, while the journal goes on.
//
// One thread, which must live as long as the object. Reads the journal, also while another process writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "journal/disposable_redis.h"
#include "journal/generation_data.h"
#include "journal/history.h"
#include "journal/replication_source.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

class RestoredRedis {
 public:
  RestoredRedis(std::string journal_dir, std::string redis_server, bool low_priority, const StopSignal& stop)
      : journal_dir_(std::move(journal_dir)),
        redis_server_(std::move(redis_server)),
        low_priority_(low_priority),
        stop_(stop) {}

  // From nothing to all that the journal has now.
  Status begin();
  // Waits until the journal has `offset` (kTimeout: it does not come), then gives what it has by then.
  Status catch_up(uint64_t offset);

  Result<std::unique_ptr<RedisConnection>> connect(int64_t timeout_ms) const {
    return redis_->connect(timeout_ms);
  }
  // What it has been given.
  const Position& position() const { return end_; }
  const Manifest& manifest() const { return manifest_; }

 private:
  Status look();
  Status give();
  Status wait_given();

  const std::string journal_dir_;
  const std::string redis_server_;
  const bool low_priority_;
  const StopSignal& stop_;
  Manifest manifest_;
  Position end_;
  std::unique_ptr<GenerationData> data_;
  std::unique_ptr<ReplicationSource> source_;  // serves data_
  std::unique_ptr<DisposableRedis> redis_;
};

}  // namespace holdfast::journal
