// What GET /metrics answers: the counters of all workers added up, the journals' and the process's own,
// in the text format of Prometheus or of OpenMetrics. The metrics are those of metric_list.h.
//
// Called by the thread that is scraped; reads atomics and /proc, takes no lock that a worker could hold.
#pragma once

#include <string>

#include "metrics/families.h"
#include "metrics/sources.h"

namespace holdfast::metrics {

std::string render_metrics(const Sources& sources, TextFormat format = TextFormat::kPrometheus);

}  // namespace holdfast::metrics
