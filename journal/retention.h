// Removes generations that are older than anybody asked to keep. Never the current one.
//
// Called on the journal thread. Within the current generation nothing is removed: its base needs every
// segment after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/store.h"

namespace holdfast::journal {

// One sentence for each generation removed. Stops at the first error.
Status apply_retention(Store& store, const config::Retention& retention, int64_t now_ms,
                       std::vector<std::string>& notes);

struct DiskUse {
  uint64_t bytes = 0;
  uint64_t segments = 0;
};
// Of all generations, bases included. What cannot be read counts nothing.
DiskUse measure_disk_use(const std::string& dir);

}  // namespace holdfast::journal
