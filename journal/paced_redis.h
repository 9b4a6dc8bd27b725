// A redis-server of our own that gets what a journal has, up to one offset after the other: what was Redis
// like then?
//
// It replicates from us, so that it does exactly what the primary did, and removes no key whose time has run
// out since. One thread, which must live as long as the object (server_process.h).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "journal/data_reader.h"
#include "journal/disposable_redis.h"
#include "journal/generation_data.h"
#include "journal/replication_source.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

// The data of a generation, of which the stream is given only as far as it is allowed.
class PacedData final : public ReplicationData {
 public:
  // `data` must outlive it.
  explicit PacedData(const GenerationData& data) : data_(data), allowed_(data.start()) {}

  void allow(uint64_t offset);
  void end_all();  // whoever waits for more gives up

  const std::string& replid() const override { return data_.replid(); }
  uint64_t start() const override { return data_.start(); }
  uint64_t end() const override { return data_.end(); }
  uint64_t base_bytes() const override { return data_.base_bytes(); }
  Status read_base(const Sink& sink) const override { return data_.read_base(sink); }
  Status read_stream(uint64_t offset, const Sink& sink) const override;

 private:
  const GenerationData& data_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  uint64_t allowed_;
  bool ended_ = false;
};

class PacedRedis {
 public:
  // `data` must outlive it. `parent_dir`: of its directory.
  static Result<std::unique_ptr<PacedRedis>> start(const GenerationData& data,
                                                   const std::string& redis_server,
                                                   const std::string& parent_dir, const StopSignal& stop);
  ~PacedRedis();
  PacedRedis(const PacedRedis&) = delete;
  PacedRedis& operator=(const PacedRedis&) = delete;

  // Until it has applied everything up to there: where a command outside MULTI/EXEC ends, not before where it
  // is. `waiting` is called now and then; an error of it ends the waiting.
  Status advance(uint64_t offset, const std::function<Status()>& waiting);
  DataReader& reader() { return *reader_; }

 private:
  PacedRedis(const GenerationData& data, const StopSignal& stop) : paced_(data), stop_(stop) {}
  Error problem(const std::string& otherwise) const;

  PacedData paced_;
  const StopSignal& stop_;
  std::unique_ptr<ReplicationSource> source_;
  std::unique_ptr<DisposableRedis> redis_;
  std::unique_ptr<DataReader> reader_;
};

}  // namespace holdfast::journal
