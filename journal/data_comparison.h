// Does a Redis have what is journaled, by its data alone? For one that restarted from files of its own: it
// has a new history and does not say how much of the old one is in them.
//
// A snapshot of it is loaded by a redis-server of our own and summed, then the journal; where they differ,
// the operations at the end of the journal are gone through one by one, to find after which of them it was
// like that Redis. One server at a time, so it takes the memory of the data once more. Blocks; one thread,
// which must live as long as the call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "journal/generation_data.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

struct DataComparison {
  std::string rdb;           // the snapshot
  std::string redis_server;  // empty: the one in PATH
  std::string scratch_dir;   // for what is temporary
  // Where it should be, when its history says so. Then only this is looked at.
  std::optional<uint64_t> expected;
  // Whatever is in the snapshot it has loaded at its start: no command has changed it.
  bool untouched = false;
  // Told what is done; an error ends it.
  std::function<Status(const std::string&)> progress;
};

struct ComparedData {
  enum class Kind {
    kSame,     // all that is journaled, and nothing else
    kEarlier,  // all up to `upto`, nothing behind it, and nothing else
    kNewer,    // all that is journaled, and on `newer` keys something that came behind it
    kOther,    // anything else
  };
  Kind kind = Kind::kOther;
  uint64_t upto = 0;
  uint64_t keys = 0;  // in the snapshot
  uint64_t newer = 0;
};

// kInvalid: there is no redis-server to do it with.
Result<ComparedData> compare_data(const GenerationData& journal, const DataComparison& what,
                                  const StopSignal& stop);

}  // namespace holdfast::journal
