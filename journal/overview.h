// What a journal has: generations, files, sizes, offsets, times. `holdfast journal ls`.
//
// Reads headers and last records, not what is between them. Any process, any thread; see archive.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/archive.h"

namespace holdfast::journal {

struct SegmentOverview {
  std::string file;
  uint64_t bytes = 0;
  uint64_t start = 0;  // replication offsets
  uint64_t end = 0;
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};

struct GenerationOverview {
  uint64_t number = 0;
  bool is_current = false;
  bool is_aside = false;
  std::string replid;  // at its end
  std::vector<Manifest::Base> bases;
  std::vector<SegmentOverview> segments;
  uint64_t bytes = 0;
  uint64_t start = 0;  // the first offset that can be restored
  uint64_t end = 0;
  int64_t from_ms = 0;
  int64_t to_ms = 0;
  std::optional<Error> damage;  // what cannot even be looked at
};

// Oldest first.
Result<std::vector<GenerationOverview>> look_over(const Archive& archive);

}  // namespace holdfast::journal
