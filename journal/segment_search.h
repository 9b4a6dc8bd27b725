// Looks through bytes of a segment that could not be read as groups: is there a whole group behind them?
//
// Used by segment_reader.cc. What clients store can look like a record, but cannot have the checksum: that
// starts from the file's salt. Any thread; memory is bounded by two buffers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/record.h"

namespace holdfast::journal {

struct FoundGroup {
  uint64_t line_at = 0;  // of its record in the file
  uint64_t line_bytes = 0;
  GroupRecord record;
};

// The first group that lies completely behind byte `from` and whose checksum matches. `end`: the replication
// offset at `from`. `seed`: the header's checksum.
Result<std::optional<FoundGroup>> find_group_after(const FileReader& file, uint64_t from, uint64_t end,
                                                   uint32_t seed);

// Does the file end in the record of a group that fills it from byte `from` on, right or wrong checksum? Then
// the write of that group was complete.
bool ends_in_a_fitting_record(const FileReader& file, uint64_t from, uint64_t end);

// Are these bytes the beginning of a group's record or an id record (or nothing), so that a write may have
// been interrupted there? `end` and `length` are those of the group before them.
bool may_go_on_as_a_record(std::string_view bytes, uint64_t end, uint64_t length);

}  // namespace holdfast::journal
