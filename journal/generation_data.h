// One generation of the journal as a replication master gives it: its base and its segments.
//
// Made by any thread; then read-only. Every checksum is verified on the way; kCorrupt names file and byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/history.h"
#include "journal/manifest.h"
#include "journal/operation_reader.h"
#include "journal/replication_data.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

class GenerationData : public ReplicationData {
 public:
  // `end`: the id under which it is given, and how far: the offset of the end of a group. Opens all files.
  static Result<std::unique_ptr<GenerationData>> open(const std::string& dir, const Manifest& manifest,
                                                      const Position& end);

  // The same, from the newest base that is what was written: where one is damaged, the base before it and all
  // segments from there on give the same data. Reads that base. `passed_over` gets a sentence for each that
  // was not taken. Where none is whole, the error is that of the newest.
  static Result<std::unique_ptr<GenerationData>> open_whole(const std::string& dir, const Manifest& manifest,
                                                            const Position& end, const StopSignal& stop,
                                                            std::vector<std::string>& passed_over);

  const std::string& replid() const override { return end_.replid; }
  uint64_t start() const override { return start_; }
  uint64_t end() const override { return end_.offset; }
  uint64_t base_bytes() const override { return manifest_.base.size; }
  Status read_base(const Sink& sink) const override;
  Status read_stream(uint64_t offset, const Sink& sink) const override;
  // The operations behind `offset`, where a command ends. `border`: see OperationReader; also told of those
  // before.
  Status read_operations(uint64_t offset, const OperationReader::Sink& sink,
                         const std::function<void(uint64_t)>& border = {}) const;

 private:
  struct Segment {
    std::unique_ptr<FileReader> file;
    uint64_t start;
    int db;  // selected there
  };

  GenerationData(Manifest manifest, Position end) : manifest_(std::move(manifest)), end_(std::move(end)) {}
  Status open_files(const std::string& dir);

  const Manifest manifest_;
  const Position end_;
  std::unique_ptr<FileReader> base_;
  std::vector<Segment> segments_;
  // A replica begins in database 0 after a snapshot. Where the stream goes on in another one, it is told by a
  // SELECT that ends where the base does, so that all later offsets stay what they are.
  std::string prelude_;
  uint64_t start_ = 0;
};

}  // namespace holdfast::journal
