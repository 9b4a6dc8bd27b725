// A cut as a replication master gives it: `holdfast restore --serve`.
//
// Made by any thread; then read-only. Every checksum is verified on the way; kCorrupt names file and byte.
#pragma once

#include <string>

#include "journal/cut.h"
#include "journal/replication_data.h"

namespace holdfast::journal {

class CutData final : public ReplicationData {
 public:
  explicit CutData(Cut cut);
  const Cut& cut() const { return cut_; }

  const std::string& replid() const override { return cut_.replid; }
  uint64_t start() const override { return cut_.from().facts.offset - prelude_.size(); }
  uint64_t end() const override { return cut_.offset; }
  uint64_t base_bytes() const override { return cut_.from().facts.size; }
  Status read_base(const Sink& sink) const override;
  Status read_stream(uint64_t offset, const Sink& sink) const override;

 private:
  Status read_segment(const OpenGeneration::Segment& segment, uint64_t& offset, const Sink& sink) const;

  const Cut cut_;
  // A replica begins in database 0 after a snapshot. Where the stream goes on in another one, it is told by a
  // SELECT that ends where the base does, so that all later offsets stay what they are.
  std::string prelude_;
};

// A snapshot alone, under a history of its own.
class RdbData final : public ReplicationData {
 public:
  RdbData(std::unique_ptr<FileReader> file, std::string replid, uint64_t offset)
      : file_(std::move(file)), replid_(std::move(replid)), offset_(offset) {}

  const std::string& replid() const override { return replid_; }
  uint64_t start() const override { return offset_; }
  uint64_t end() const override { return offset_; }
  uint64_t base_bytes() const override { return file_->size(); }
  Status read_base(const Sink& sink) const override;
  Status read_stream(uint64_t, const Sink&) const override { return {}; }

 private:
  const std::unique_ptr<FileReader> file_;
  const std::string replid_;
  const uint64_t offset_;
};

}  // namespace holdfast::journal
