// What /status answers and the dashboard shows: the state of everything as one JSON object.
//
// Owned by the admin server; main thread. tick() once a second while somebody watches: rates and percentiles
// are those between the last two ticks, so that a page shows now and not since the start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metrics/histogram_snapshot.h"
#include "metrics/sources.h"

namespace holdfast::metrics {

class StatusReport {
 public:
  explicit StatusReport(const Sources& sources);
  ~StatusReport();

  void tick(uint64_t now_ns);
  // Totals as they are now, between two ticks.
  void refresh(uint64_t now_ns);
  // `problems`: why Holdfast is not ready. One line, no line break in it.
  std::string json(const std::vector<std::string>& problems) const;

 private:
  struct EnvironmentTotals {
    uint64_t requests = 0, refused = 0, observed = 0, unavailable = 0, uncertain = 0;
    uint64_t bytes_in = 0, bytes_out = 0;
    HistogramSnapshot duration, in_holdfast, in_redis, durable_wait;
  };
  struct Moment {
    uint64_t ns = 0;
    std::vector<EnvironmentTotals> environments;
    std::vector<HistogramSnapshot> fdatasyncs;  // by upstream
  };
  struct Render;

  Moment take(uint64_t now_ns) const;

  const Sources& sources_;
  Moment before_;  // two ticks ago, or one
  Moment ticked_, now_;
};

}  // namespace holdfast::metrics
