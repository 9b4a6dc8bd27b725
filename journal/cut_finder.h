// A cut in one generation; the inner half of cut.h.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/result.h"
#include "journal/cut.h"

namespace holdfast::journal {

// Everything up to here: both count.
struct CutLimit {
  uint64_t offset = std::numeric_limits<uint64_t>::max();
  int64_t time_ms = std::numeric_limits<int64_t>::max();

  bool is_none() const { return offset == CutLimit().offset && time_ms == CutLimit().time_ms; }
};

Result<Cut> find_cut_in_generation(const std::string& dir, uint64_t number, const CutLimit& limit,
                                   const CutRequest& request);

// The same advice wherever damage is in the way.
Error damaged(const Error& damage);

}  // namespace holdfast::journal
