// Makes the next base of a journal away from the live Redis: a redis-server of our own loads the newest base
// and the segments behind it, and writes an RDB.
//
// Works on the files up to a cut (store.h), which nobody changes any more; the journal goes on meanwhile.
// Blocks for as long as loading the data three times takes (once from base and segments, once from the new
// base, and reading for the checksums), and needs the memory of the data once, in the other process. Ends
// when `stop` is requested.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "journal/scratch_dir.h"
#include "journal/stop_signal.h"
#include "journal/store.h"

namespace holdfast::journal {

struct CompactedBase {
  std::unique_ptr<ScratchDir> scratch;  // has the file until the Store adopts it
  std::string path;                     // synced
  uint64_t size = 0;
  uint32_t crc = 0;
  uint64_t replaced_bytes = 0;  // of the base and the segments that it stands for
  int64_t duration_ms = 0;
};

// For a person, up to `offset`.
std::string describe(const CompactedBase& made, uint64_t offset);

// kCorrupt names the file and byte of a damaged journal; kInvalid: there is no usable redis-server.
struct CompactionOptions {
  std::string redis_server = {};  // empty: the one in PATH
  bool low_priority = true;       // of that server; nobody waits for it
};

Result<CompactedBase> make_compacted_base(const std::string& journal_dir, const Store::Cut& cut,
                                          const CompactionOptions& options, const StopSignal& stop);

}  // namespace holdfast::journal
