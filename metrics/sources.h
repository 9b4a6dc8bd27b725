// Where the numbers and the readiness of the admin endpoint come from.
//
// Nothing is owned; everything must outlive whoever reads it. Read on the main thread; what other threads
// write are atomics (base/counter.h) and guarded snapshots (journal/journal.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_log.h"
#include "config/config.h"
#include "journal/journal.h"
#include "metrics/posture_state.h"
#include "metrics/reload_stats.h"
#include "metrics/worker_stats.h"

namespace holdfast::metrics {

class RecentRefusals;
class SlowLog;
// A certificate that Holdfast shows: to the clients of an environment, to an upstream, or at the admin
// endpoint.
struct CertificateExpiry {
  std::string_view section;  // "environment", "upstream", or "server" with the name "admin"
  std::string_view name;
  int64_t not_after_unix_s = 0;
};

struct Sources {
  const config::Config* config = nullptr;
  std::vector<const WorkerStats*> workers;
  std::vector<const journal::Journal*>
      journals;  // by upstream, in the order of the configuration; may be null
  // Of the upstream in this place; null: none is watched.
  std::function<PostureState(size_t upstream)> posture{};
  const RecentRefusals* refusals = nullptr;  // null: none are gathered
  const SlowLog* slow_log = nullptr;         // likewise
  const audit::LogStats* audit = nullptr;
  const ReloadStats* reloads = nullptr;  // null: it has no file to reload
  // Those that are in use now; may be empty.
  std::function<std::vector<CertificateExpiry>()> certificates{};
  std::string version;
  int64_t started_unix_ms = 0;
};

}  // namespace holdfast::metrics
