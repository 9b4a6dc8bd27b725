// Makes small groups durable faster than their segment can: an fdatasync of bytes that are overwritten in
// place.
//
// A segment grows with every group, so a sync of it also waits for what the file system notes about the file.
// The redo log has a fixed size, and is written past the page cache. A small group is written to the segment,
// as ever, and to the redo log, and only that is synced. The segment is synced when the redo log is full, and
// about once a second while a stream is read; then the log begins a new lap at its front. After a power cut
// the end of the segment is what the redo log says (redo_record.h, segment_file.h).
//
// Owned by the Store; journal thread. After an error of write() nothing more is written to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/block_buffer.h"
#include "journal/durable_file.h"
#include "journal/redo_record.h"

namespace holdfast::journal {

class RedoLog {
 public:
  static Result<std::unique_ptr<RedoLog>> open(FileSystem& files, const std::string& dir);

  // For these many bytes more, in this lap.
  bool has_room(size_t bytes) const { return at_ + redo_record_size(bytes) <= file_->size(); }
  // Makes them durable. They follow on those of the last call, if there was one in this lap.
  Status write(const RedoPlace& place, std::string_view bytes);
  // Everything in it is durable in the segment.
  void begin_lap();

 private:
  RedoLog(std::unique_ptr<FixedFile> file, uint64_t lap) : file_(std::move(file)), lap_(lap) {}

  void erase(uint64_t at);

  std::unique_ptr<FixedFile> file_;
  uint64_t lap_;     // begins at random: what an earlier process left there is of another one
  uint64_t at_ = 0;  // where the next record goes
  BlockBuffer record_;
};

}  // namespace holdfast::journal
