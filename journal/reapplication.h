// Runs the operations that an upstream has lost on it again, where nothing newer touched their keys.
//
// All of them in one transaction, or none. The keys are watched first; then the upstream's own stream since
// the two histories parted tells what is newer. So whatever happens in between, or if this is tried a second
// time after a crash, no operation runs twice and none runs over a newer one. Journal thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/generation_data.h"
#include "journal/stop_signal.h"
#include "tls/credentials.h"

namespace holdfast::journal {

struct Reapplied {
  uint64_t operations = 0;
  uint64_t failed = 0;      // those that the upstream answered with an error
  std::string first_error;  // of these
};

// `common`: the last offset of the journal that the upstream has; `parted`: where that is in a history that
// the upstream knows, which was `seen` before. kRefused: it cannot be done, and why; nothing was run.
Result<Reapplied> reapply_lost(const config::Upstream& upstream, const tls::Credentials* tls,
                               const GenerationData& data, uint64_t common, const Position& parted,
                               const ReplicationInfo& seen, const StopSignal& stop);

}  // namespace holdfast::journal
