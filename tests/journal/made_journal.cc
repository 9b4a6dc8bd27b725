#include "tests/journal/made_journal.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "journal/crc32c.h"
#include "journal/rdb_checksum.h"
#include "journal/segment_writer.h"

namespace holdfast::journal {

std::string empty_rdb() {
  std::string rdb = "REDIS0010\xff";
  const uint64_t crc = crc64(0, rdb);
  for (int i = 0; i < 8; ++i) rdb += static_cast<char>(crc >> (8 * i));
  return rdb;
}

void MadeJournal::begin_generation(uint64_t offset, int64_t time_ms, const std::string& replid) {
  std::filesystem::create_directories(dir());
  const uint64_t generation = manifest_.generation + 1;
  manifest_ = Manifest();
  manifest_.generation = generation;
  const std::string rdb = empty_rdb();
  manifest_.base = {next_sequence_++, rdb.size(), crc32c(0, rdb), replid, offset, time_ms};
  testing::write_file(base_path(), rdb);
  offset_ = offset;
  db_ = 0;
  time_ms_ = time_ms;
  write_manifest();
}

void MadeJournal::add_base() {
  manifest_.earlier.push_back({manifest_.base, manifest_.segments});
  manifest_.segments.clear();
  manifest_.base.sequence = next_sequence_++;
  manifest_.base.offset = offset_;
  manifest_.base.time_ms = time_ms_;
  testing::write_file(base_path(), empty_rdb());
  write_manifest();
}

void MadeJournal::close_generation() {
  manifest_.closed = Manifest::Closed{offset_, time_ms_};
  testing::write_file(dir() + "/" + generation_name(manifest_.generation), format_manifest(manifest_));
}

void MadeJournal::add_segment(const std::vector<MadeGroup>& groups) {
  const uint64_t sequence = next_sequence_++;
  const SegmentHeader header{sequence, manifest_.generation,         manifest_.base.replid, offset_, db_,
                             time_ms_, 0x1122334455667788 + sequence};
  const std::string path = dir() + "/" + segment_name(sequence);
  auto writer = SegmentWriter::create(FileSystem::real(), path, header);
  ASSERT_TRUE(writer.ok()) << writer.error().message();
  for (const MadeGroup& group : groups) {
    ASSERT_TRUE(writer.value()->append_group(group.bytes, group.db, group.time_ms).ok());
    offset_ += group.bytes.size();
    db_ = group.db;
    time_ms_ = group.time_ms;
  }
  manifest_.segments.push_back(sequence);
  write_manifest();
}

void MadeJournal::write_manifest() {
  testing::write_file(dir() + "/" + std::string(kManifestName), format_manifest(manifest_));
}

}  // namespace holdfast::journal
