// Why Holdfast cannot do its work right now, as /readyz says it: one sentence for each thing, with what
// to do. Reads atomics and guarded snapshots only; main thread.
#pragma once

#include <string>
#include <vector>

#include "metrics/sources.h"

namespace holdfast::metrics {

// How many shared links to an upstream there are, all workers together.
struct LinkCount {
  uint64_t up = 0;
  uint64_t wanted = 0;
  uint64_t silent = 0;

  // Every link that should be is and answers, and there is one at all.
  bool all_up() const { return up > 0 && up >= wanted && silent == 0; }
};
// `upstream` is its place in the configuration.
LinkCount count_links(const Sources& sources, size_t upstream);

// How long the oldest part of the stream has waited for the disk, or the journal is not attached.
double journal_lag_seconds(const journal::JournalStats& stats);

// Of a journal that is attached and writes, but so far behind that clients are told so (ack_timeout); empty:
// it is not. The disk may hang: then nothing else tells.
std::string lag_problem(const Sources& sources, size_t upstream);

// What the upstream links and the journals say. Empty when all is well.
std::vector<std::string> readiness_problems(const Sources& sources);

// What is worth knowing whether all is well or not: how the last rehearsals ended.
std::vector<std::string> readiness_details(const Sources& sources);
// What is not as it should be, and keeps nobody from being served.
std::vector<std::string> readiness_notes(const Sources& sources);

// A page of one problem a line; a line break inside a problem becomes a space.
std::string one_a_line(const std::vector<std::string>& problems);

}  // namespace holdfast::metrics
