// A restore of some keys only: all of it is loaded by a redis-server of our own, which then gives up the
// rest.
//
// That way what the keys are is what Redis itself makes of the journal, also where they came out of other
// keys (RENAME, SUNIONSTORE ...). It needs a redis-server binary and as much memory as all the data. Any
// thread; blocks.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "journal/cut.h"
#include "journal/restore.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

struct KeysOnlyOptions {
  std::string pattern;       // as in KEYS
  std::string redis_server;  // empty: from PATH
  std::string parent_dir;    // for everything temporary
  std::function<Status(uint64_t)> progress;
};

struct KeysOnlyReport {
  RestoreReport restored;  // of everything
  uint64_t keys = 0;       // that were kept, in all databases
};

// Writes an RDB with the keys that match, in their databases, to `rdb`, which must be on the file system of
// parent_dir. kInvalid: no redis-server.
Result<KeysOnlyReport> write_keys_only(const Cut& cut, const KeysOnlyOptions& options, const std::string& rdb,
                                       const StopSignal& stop);

}  // namespace holdfast::journal
