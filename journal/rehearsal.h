// Does a restore work, how long does it take, and is the result what the live Redis has? Tried with a
// redis-server of our own that gets the journal as a Redis does in a recovery: REPLICAOF, the newest base,
// the stream.
//
// Blocks; any thread, which must live as long as the call (server_process.h). Reads the journal, also while
// another process writes it, and asks the live Redis for its number of keys and for some keys chosen at
// random. Needs the memory of the data once more, in the other process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/stop_signal.h"
#include "tls/credentials.h"

namespace holdfast::journal {

struct RehearsalReport {
  uint64_t generation = 0;
  uint64_t offset = 0;     // up to which the journal was given
  uint64_t bytes = 0;      // of base and segments
  int64_t recover_ms = 0;  // from nothing to a Redis that has all of it
  uint64_t keys = 0;       // that the restored Redis has, in all databases

  bool compared = false;  // there was a live Redis to compare with
  uint64_t live_keys = 0;
  bool counts_match = false;
  uint64_t sampled = 0;                 // keys that were compared
  uint64_t changing = 0;                // of them: written so often that no two moments could be compared
  std::vector<std::string> mismatches;  // "db 0: <key>: what differs"; the first hundred
  uint64_t mismatch_count = 0;          // with one for each database with another number of keys

  bool good() const { return mismatch_count == 0; }
};

struct RehearsalOptions {
  std::string journal_dir;
  std::string redis_server;                // empty: the one in PATH
  const config::Upstream* live = nullptr;  // null: nothing to compare with
  const tls::Credentials* tls = nullptr;   // of the live one
  uint64_t samples = 1000;
  bool low_priority = true;                               // nobody waits for it
  std::function<void(const std::string&)> progress = {};  // one sentence for each step
};

// An error: the restore itself did not work, or the live Redis could not be asked. Differences are no error.
Result<RehearsalReport> rehearse(const RehearsalOptions& options, const StopSignal& stop);

}  // namespace holdfast::journal
