// A journal whose every group and time a test has chosen: files as Holdfast writes them, without a Redis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal/manifest.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {

struct MadeGroup {
  std::string bytes;
  int64_t time_ms;
  int db = 0;  // selected after it
};

class MadeJournal {
 public:
  // Begins a generation with an empty RDB as its base.
  void begin_generation(uint64_t offset, int64_t time_ms, const std::string& replid);
  // Closes the current generation; begin_generation() follows.
  void close_generation();
  // What a compaction does: a base (an empty one) where the stream is now.
  void add_base();
  void add_segment(const std::vector<MadeGroup>& groups);

  std::string dir() const { return dir_.file("journal"); }
  std::string segment_path(size_t index) const {
    return dir() + "/" + segment_name(manifest_.segments[index]);
  }
  std::string base_path() const { return dir() + "/" + base_name(manifest_.base.sequence); }
  const Manifest& manifest() const { return manifest_; }
  uint64_t offset() const { return offset_; }

 private:
  void write_manifest();

  testing::TempDir dir_;
  Manifest manifest_;
  uint64_t next_sequence_ = 1;
  uint64_t offset_ = 0;
  int db_ = 0;
  int64_t time_ms_ = 0;
};

// An RDB without a key, with the checksum that Redis writes.
std::string empty_rdb();

}  // namespace holdfast::journal
