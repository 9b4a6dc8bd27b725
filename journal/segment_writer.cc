#include "journal/segment_writer.h"

#include <cassert>

#include "journal/crc32c.h"

namespace holdfast::journal {
namespace {

constexpr size_t kSmallGroupBytes = 32 * 1024;  // copied, to be written together with its record

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(FileSystem& files, const std::string& path,
                                                             const SegmentHeader& header) {
  auto file = files.create(path);
  if (!file.ok()) return file.error();
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(file).value(), path));
  const std::string line = format_header(header, writer->seed_);
  if (Status written = writer->write(line + select_prelude(header.db)); !written.ok()) return written.error();
  writer->sequence_ = header.sequence;
  writer->crc_ = writer->seed_;
  writer->end_ = header.start;
  writer->record_bytes_ = writer->bytes_;
  return writer;
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::resume(FileSystem& files, const std::string& path,
                                                             const SegmentScan& scan) {
  auto file = files.open(path);
  if (!file.ok()) return file.error();
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(file).value(), path));
  writer->sequence_ = scan.header.sequence;
  writer->seed_ = writer->crc_ = scan.seed;
  writer->end_ = scan.end;
  writer->bytes_ = writer->record_bytes_ = writer->durable_bytes_ = scan.valid_bytes;
  writer->synced_bytes_ = scan.valid_bytes;
  return writer;
}

Status SegmentWriter::write(std::string_view bytes) {
  bytes_ += bytes.size();
  return file_->append(bytes);
}

Status SegmentWriter::append(std::string_view bytes) {
  crc_ = crc32c(crc_, bytes);
  group_length_ += bytes.size();
  return write(bytes);
}

Status SegmentWriter::append_group(std::string_view bytes, int db, int64_t time_ms) {
  group_length_ += bytes.size();
  assert(group_open());
  crc_ = crc32c(crc_, bytes);
  const GroupRecord record{end_ + group_length_, group_length_, time_ms, db};
  const std::string line = format_group(record, crc_);
  if (bytes.size() <= kSmallGroupBytes) {
    scratch_.assign(bytes).append(line);
    if (Status written = write(scratch_); !written.ok()) return written;
  } else {
    scratch_.clear();
    if (Status written = write(bytes); !written.ok()) return written;
    if (Status written = write(line); !written.ok()) return written;
  }
  end_ = record.end;
  group_length_ = 0;
  crc_ = seed_;
  record_bytes_ = bytes_;
  return {};
}

Status SegmentWriter::append_id(const std::string& replid) {
  assert(!group_open());
  scratch_.clear();
  if (Status written = write(format_id({replid, end_}, seed_)); !written.ok()) return written;
  record_bytes_ = bytes_;
  return {};
}

Status SegmentWriter::sync() {
  if (Status synced = file_->sync(); !synced.ok()) {
    sync_failed_ = true;
    return synced;
  }
  durable_bytes_ = synced_bytes_ = record_bytes_;
  return {};
}

std::string_view SegmentWriter::only_undurable_write() const {
  return durable_bytes_ + scratch_.size() == bytes_ ? scratch_ : std::string_view();
}

}  // namespace holdfast::journal
