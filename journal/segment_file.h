// A segment as it counts: the file, and what the redo log says of its end (redo_log.h).
//
// Any thread, also beside a Holdfast that writes there: a segment has everything before the redo log has
// it, and the redo log is read first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/redo_record.h"

namespace holdfast::journal {

// `redo` was read before. The reader is_replaced() when the file itself lacks something. Errors and
// `missing` as those of FileReader::open.
Result<std::unique_ptr<FileReader>> open_segment(const std::string& dir, uint64_t sequence,
                                                 const std::optional<Redo>& redo, bool* missing = nullptr);

// The first byte of a replaced segment at which the file itself has something else than the redo log, and no
// zeros either: no power cut leaves that. Nothing: there is none.
Result<std::optional<uint64_t>> first_changed_byte(const FileReader& replaced, const Redo& redo);

// Is the redo log of that very file, and does it begin in it or at its end?
bool counts_for(const FileReader& segment, const Redo& redo);

// Does the redo log begin behind the end of the segment? The file was copied before, or the disk has lost
// what it had said was written.
bool is_gap_before(const FileReader& segment, const Redo& redo);

}  // namespace holdfast::journal
