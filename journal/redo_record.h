// The records of the redo log: the last groups of a segment, durable before the segment itself is.
//
// docs/journal-format.md has the bytes. Any thread; reading is safe beside a Holdfast that writes: a record
// that is just being overwritten does not match its checksum, and those behind it are of another lap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr std::string_view kRedoName = "holdfast.redo";
inline constexpr uint64_t kRedoBytes = 4u << 20;  // of the file
inline constexpr size_t kRedoHeaderBytes = 44;    // of each record, before its bytes

// Where in the journal the bytes of a record belong.
struct RedoPlace {
  uint64_t sequence = 0;  // of the segment
  uint32_t seed = 0;      // its header's checksum: another file of that number is another segment
  uint64_t from = 0;      // byte of the segment at which they begin
};

// What a record of so many bytes takes: it begins and ends with a block, and zeros fill its last one.
size_t redo_record_size(size_t bytes);
// Writes redo_record_size(bytes.size()) bytes to `out`.
void write_redo_record(char* out, uint64_t lap, const RedoPlace& place, std::string_view bytes);

// All records of the current lap; they follow each other in one segment.
struct Redo {
  RedoPlace place;
  std::string bytes;

  uint64_t end() const { return place.from + bytes.size(); }
};

// Nothing: there is no redo log in `dir`, or no record in it.
Result<std::optional<Redo>> read_redo(const std::string& dir);

}  // namespace holdfast::journal
