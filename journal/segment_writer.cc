#include "journal/segment_writer.h"

#include <cassert>

#include "journal/crc32c.h"
#include "journal/padding.h"

namespace holdfast::journal {
namespace {

constexpr size_t kSmallGroupBytes = 32 * 1024;
constexpr size_t kRoomBytes = 256 * 1024;
constexpr uint32_t kSmallGroupsUntilRoom = 8;

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
  if (Status cut = writer->file_->truncate(scan.valid_bytes); !cut.ok()) return cut.error();
  writer->sequence_ = scan.header.sequence;
  writer->seed_ = writer->crc_ = scan.seed;
  writer->end_ = scan.end;
  writer->bytes_ = writer->record_bytes_ = writer->durable_bytes_ = scan.valid_bytes;
  return writer;
}

SegmentWriter::~SegmentWriter() {
  if (padded_end_ > bytes_) (void)file_->truncate(bytes_);
}

Status SegmentWriter::truncate(uint64_t size) {
  padded_end_ = 0;
  return file_->truncate(size);
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
  const bool is_small = bytes.size() <= kSmallGroupBytes;
  if (is_small) {
    scratch_.assign(bytes).append(line);
    if (Status written = write(scratch_); !written.ok()) return written;
  } else {
    if (Status written = write(bytes); !written.ok()) return written;
    if (Status written = write(line); !written.ok()) return written;
  }
  end_ = record.end;
  group_length_ = 0;
  crc_ = seed_;
  record_bytes_ = bytes_;
  small_groups_ = is_small ? small_groups_ + 1 : 0;
  make_room();
  return {};
}

// A group that has outgrown the room makes the file longer anyway: its sync pays for the next room too.
// Where a large group has, whose sync is dear by itself, that would only be more to write.
void SegmentWriter::make_room() {
  if (bytes_ < padded_end_) {
    if (!begins_line(bytes_)) (void)file_->write_ahead("#");
  } else if (small_groups_ >= kSmallGroupsUntilRoom) {
    const std::string padding = make_padding(bytes_, kRoomBytes);
    // No room for room: then without. A part of it does no harm.
    padded_end_ = bytes_ + padding.size();
    if (!file_->write_ahead(padding).ok()) small_groups_ = 0;
  }
}

Status SegmentWriter::append_id(const std::string& replid) {
  assert(!group_open());
  if (Status written = write(format_id({replid, end_}, seed_)); !written.ok()) return written;
  record_bytes_ = bytes_;
  make_room();
  return {};
}

Status SegmentWriter::sync() {
  if (Status synced = file_->sync(); !synced.ok()) return synced;
  durable_bytes_ = record_bytes_;
  return {};
}

}  // namespace holdfast::journal
