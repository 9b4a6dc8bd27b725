// Makes a directory from which a stock redis-server starts, with what is journaled up to a cut.
//
// Any process, any thread; works while Holdfast writes the journal and when it does not. Every checksum of
// what is restored is verified on the way; memory is bounded. On an error nothing is left of what was made.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "journal/cut.h"

namespace holdfast::journal {

struct RestoreReport {
  uint64_t bytes = 0;  // written
  uint64_t segments = 0;
  uint64_t groups = 0;    // group commits
  uint64_t commands = 0;  // of the stream, without what Redis adds (PING, SELECT, MULTI, EXEC ...)
  std::string replid;
  uint64_t offset = 0;  // replication offset of what was restored
  int64_t time_ms = 0;  // when the last of it was journaled, Unix time
};

// `redis-server --dir OUT --appendonly yes` starts from the result. `out_dir` must not exist or be empty.
// kInvalid: a target that has something in it; kCorrupt names file and offset. `progress`: see ScanOptions.
Result<RestoreReport> write_restore(const Cut& cut, const std::string& out_dir,
                                    const std::function<Status(uint64_t)>& progress = {});

// Only the files of it, into a directory that is there.
Result<RestoreReport> write_restored_files(const Cut& cut, const std::string& files_dir,
                                           const std::function<Status(uint64_t)>& progress = {});

// The manifest of a directory that has a base and nothing else.
Status write_base_manifest(const std::string& files_dir, uint64_t base_sequence);

// All that is journaled.
Result<RestoreReport> restore_latest(const std::string& journal_dir, const std::string& out_dir);

}  // namespace holdfast::journal
