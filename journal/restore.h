// Makes a directory from which a stock redis-server starts, with everything that is journaled.
//
// Any process, any thread; works while Holdfast writes the journal and when it does not. Every checksum
// is verified on the way; memory is bounded. On an error nothing is left of what was made.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace holdfast::journal {

struct RestoreReport {
  uint64_t bytes = 0;  // written
  uint64_t segments = 0;
  uint64_t groups = 0;      // group commits
  uint64_t commands = 0;    // of the stream, Redis's own (PING, SELECT) included
  uint64_t torn_bytes = 0;  // of an interrupted write at the end, left out
  uint64_t generation = 0;
  std::string replid;
  uint64_t offset = 0;  // replication offset of what was restored
  int64_t time_ms = 0;  // when the last of it was journaled, Unix time
};

// `redis-server --dir OUT --appendonly yes` starts from the result. `out_dir` must not exist or be empty.
// kInvalid: no journal there, or a target that has something in it; kCorrupt names file and offset.
Result<RestoreReport> restore_latest(const std::string& journal_dir, const std::string& out_dir);

}  // namespace holdfast::journal
