// Removes what is older than anybody asked to keep, stretch by stretch (journal-format.md), the oldest first.
// Never the newest base and the segments behind it.
//
// Called on the journal thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/store.h"

namespace holdfast::journal {

struct Removed {
  uint64_t bytes = 0;
  std::vector<std::string> notes;  // one sentence for each stretch or generation
};

// A redis-check-aof, a cp or a redis-server that has read the manifest opens one file after the other, and
// must find them all. So what was the newest stretch stays for a while after the manifest has got a newer
// one: this, and a second for each of these bytes.
inline constexpr int64_t kReaderMs = 5'000;
inline constexpr uint64_t kReaderBytesPerSecond = 64u << 20;

// Stops at the first error; `removed` says what was done before it. A stretch goes when the next base is
// older than the age to keep: then every moment within that age can still be restored.
Status apply_retention(Store& store, const config::Retention& retention, int64_t now_ms, Removed& removed);

// The earliest moment to which a restore can go, Unix time; nothing while there is no base.
std::optional<int64_t> oldest_restorable_ms(Store& store);

struct DiskUse {
  uint64_t bytes = 0;
  uint64_t segments = 0;
};
// Of all generations, bases included. What cannot be read counts nothing.
DiskUse measure_disk_use(const std::string& dir);
// Of some files in `dir`.
uint64_t bytes_of(const std::string& dir, const std::vector<std::string>& names);

}  // namespace holdfast::journal
