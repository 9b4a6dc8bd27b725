// Writes one segment: the header, the bytes of the stream as they come, and the records that close groups.
//
// Owned by the Store, on the journal thread. After any error the file may hold any part of what was
// given since the last sync(); the owner cuts it back to durable_bytes() and never writes to it again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/durable_file.h"
#include "journal/record.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {

class SegmentWriter {
 public:
  // Makes the file and writes its header.
  static Result<std::unique_ptr<SegmentWriter>> create(FileSystem& files, const std::string& path,
                                                       const SegmentHeader& header);
  // Goes on with a file that was scanned, and cut to scan.valid_bytes, and synced.
  static Result<std::unique_ptr<SegmentWriter>> resume(FileSystem& files, const std::string& path,
                                                       const SegmentScan& scan);

  // Part of a group.
  Status append(std::string_view bytes);
  // The rest of a group and its record, in one write if it is small; it ends at a command boundary outside
  // MULTI, says the caller.
  Status append_group(std::string_view bytes, int db, int64_t time_ms);
  // Only between groups.
  Status append_id(const std::string& replid);
  // Makes everything so far durable.
  Status sync();
  // The last group if it was written in one piece behind what is durable; empty: it was not.
  std::string_view only_undurable_write() const;
  // That group is durable in the redo log, see redo_log.h; the file itself needs another sync().
  void durable_elsewhere() { durable_bytes_ = record_bytes_; }
  // Everything that is durable is so in the file itself.
  bool is_settled() const { return synced_bytes_ == durable_bytes_; }
  Status truncate(uint64_t size) { return file_->truncate(size); }

  const std::string& path() const { return path_; }
  uint64_t sequence() const { return sequence_; }
  uint32_t seed() const { return seed_; }                    // the header's checksum
  uint64_t bytes() const { return bytes_; }                  // of the file
  uint64_t durable_bytes() const { return durable_bytes_; }  // of the file, up to the last durable record
  // What the system still shows of the file and is on the disk as well: after a failed sync() no more than
  // what was synced before, though more may be durable elsewhere.
  uint64_t believable_bytes() const { return sync_failed_ ? synced_bytes_ : durable_bytes_; }
  uint64_t end() const { return end_; }  // replication offset after the last record
  bool group_open() const { return group_length_ > 0; }

 private:
  SegmentWriter(std::unique_ptr<DurableFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  Status write(std::string_view bytes);

  std::unique_ptr<DurableFile> file_;
  std::string path_;
  uint64_t sequence_ = 0;
  uint32_t seed_ = 0;  // the header's checksum
  uint32_t crc_ = 0;   // of the open group so far
  uint64_t group_length_ = 0;
  uint64_t bytes_ = 0;
  uint64_t record_bytes_ = 0;  // of the file, up to the last record
  uint64_t durable_bytes_ = 0;
  uint64_t synced_bytes_ = 0;  // of these, in the file itself
  bool sync_failed_ = false;
  uint64_t end_ = 0;
  std::string scratch_;  // what append_group() wrote in one piece; empty: nothing
};

}  // namespace holdfast::journal
