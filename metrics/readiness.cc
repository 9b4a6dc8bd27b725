#include "metrics/readiness.h"

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace holdfast::metrics {
namespace {

std::string describe(const config::Upstream& upstream) {
  return "upstream '" + upstream.name + "' (" + upstream.endpoint.value.to_string() + ")";
}

// The first trouble that a worker tells: all of them see the same Redis.
std::pair<UpstreamTrouble::Kind, std::string> trouble_of(const Sources& sources, size_t upstream) {
  for (const WorkerStats* worker : sources.workers) {
    if (upstream >= worker->upstreams.size()) continue;
    auto trouble = worker->upstreams[upstream].trouble.get();
    if (trouble.first != UpstreamTrouble::Kind::kNone) return trouble;
  }
  return {UpstreamTrouble::Kind::kNone, {}};
}

std::string without_links(const config::Upstream& upstream, UpstreamTrouble::Kind kind,
                          const std::string& text) {
  switch (kind) {
    case UpstreamTrouble::Kind::kRefused:
      return describe(upstream) + " does not let Holdfast in: " + text;
    case UpstreamTrouble::Kind::kLostWrites:
      return describe(upstream) +
             " came back with another history than the journal's, so it is not asked; what the journal says "
             "below tells more";
    default:
      return describe(upstream) + " is not connected; check that Redis runs there";
  }
}

void add_link_problems(const config::Upstream& upstream, const Sources& sources, size_t index,
                       std::vector<std::string>& problems) {
  const LinkCount links = count_links(sources, index);
  const auto [kind, text] = trouble_of(sources, index);
  if (links.up == 0) {
    problems.push_back(without_links(upstream, kind, text));
  } else if (links.silent > 0) {
    problems.push_back(describe(upstream) +
                       " is connected but has not answered for longer than connect_timeout; check whether it "
                       "hangs, or runs a slow command or script");
  } else if (kind == UpstreamTrouble::Kind::kBusy) {
    problems.push_back(describe(upstream) + " answers PING with '" + text +
                       "'; if it is a script that does not end, send SCRIPT KILL");
  } else if (!links.all_up()) {
    problems.push_back(describe(upstream) + " has " + std::to_string(links.up) + " of " +
                       std::to_string(links.wanted) +
                       " connections; check its log and its maxclients if this lasts");
  }
}

// From when on writes are answered with -UNCERTAIN; nothing shorter than a second is worth a word.
uint64_t patience_ns(const Sources& sources, size_t upstream) {
  constexpr int64_t kLeastMs = 1'000;
  std::optional<int64_t> shortest_ms;
  for (const config::Environment& environment : sources.config->environments) {
    if (environment.upstream != sources.config->upstreams[upstream].name) continue;
    shortest_ms = std::min(shortest_ms.value_or(environment.ack_timeout_ms), environment.ack_timeout_ms);
  }
  const int64_t patience_ms = shortest_ms.value_or(config::Environment().ack_timeout_ms);
  return static_cast<uint64_t>(std::max(patience_ms, kLeastMs)) * 1'000'000;
}

// All workers see the same Redis.
std::string eviction_problem(const Sources& sources, size_t upstream) {
  for (const WorkerStats* worker : sources.workers) {
    if (upstream >= worker->upstreams.size()) continue;
    std::string problem = worker->upstreams[upstream].eviction.get();
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

LinkCount count_links(const Sources& sources, size_t upstream) {
  LinkCount links;
  for (const WorkerStats* worker : sources.workers) {
    if (upstream >= worker->upstreams.size()) continue;
    links.up += worker->upstreams[upstream].links_up.get();
    links.wanted += worker->upstreams[upstream].links_wanted.get();
    links.silent += worker->upstreams[upstream].links_silent.get();
  }
  return links;
}

double journal_lag_seconds(const journal::JournalStats& stats) {
  const uint64_t since_ns = stats.behind_since_ns.get();
  const uint64_t now_ns = monotonic_ns();
  return since_ns == 0 || since_ns > now_ns ? 0.0 : static_cast<double>(now_ns - since_ns) / 1e9;
}

std::string lag_problem(const Sources& sources, size_t upstream) {
  const config::Upstream& where = sources.config->upstreams[upstream];
  const journal::Journal* journal = upstream < sources.journals.size() ? sources.journals[upstream] : nullptr;
  if (journal == nullptr || !where.journal.enabled || !where.journal.via.empty() || !journal->state().ready)
    return {};
  const double lag = journal_lag_seconds(journal->stats());
  if (lag * 1e9 < static_cast<double>(patience_ns(sources, upstream))) return {};
  return "the journal of " + describe(where) + " is " + std::to_string(static_cast<int64_t>(lag)) +
         " seconds behind: its disk (" + where.journal.dir.value +
         ") hangs or does not keep up, so writes are answered with -UNCERTAIN after ack_timeout; look at the "
         "disk and the kernel's log";
}

std::vector<std::string> readiness_problems(const Sources& sources) {
  std::vector<std::string> problems;
  for (size_t i = 0; i < sources.config->upstreams.size(); ++i) {
    const config::Upstream& upstream = sources.config->upstreams[i];
    add_link_problems(upstream, sources, i, problems);
    if (std::string problem = eviction_problem(sources, i); !problem.empty())
      problems.push_back(std::move(problem));

    const journal::Journal* journal = i < sources.journals.size() ? sources.journals[i] : nullptr;
    if (!upstream.journal.enabled || journal == nullptr) continue;
    if (std::string problem = lag_problem(sources, i); !problem.empty())
      problems.push_back(std::move(problem));
    journal::JournalState state = journal->state();
    if (state.ready) continue;
    if (state.reason.empty())
      state.reason = "the journal of " + describe(upstream) + " is still starting; wait";
    problems.push_back(std::move(state.reason));
  }
  return problems;
}

std::vector<std::string> readiness_details(const Sources& sources) {
  std::vector<std::string> details;
  for (size_t i = 0; i < sources.config->upstreams.size() && i < sources.journals.size(); ++i) {
    const std::string rehearsal = sources.journals[i] != nullptr ? sources.journals[i]->rehearsal() : "";
    if (!rehearsal.empty())
      details.push_back("the last rehearsal for " + describe(sources.config->upstreams[i]) + ": " +
                        rehearsal);
  }
  return details;
}

std::vector<std::string> readiness_notes(const Sources& sources) {
  std::vector<std::string> notes;
  for (size_t i = 0; i < sources.config->upstreams.size(); ++i) {
    const config::Upstream& upstream = sources.config->upstreams[i];
    bool refused = false;
    for (const WorkerStats* worker : sources.workers)
      refused |= i < worker->upstreams.size() && worker->upstreams[i].scripts_refused.get() != 0;
    if (refused)
      notes.push_back("note: " + describe(upstream) +
                      " lets Holdfast make no users (ACL SETUSER), so scripts of clients that may not do "
                      "everything are refused; see the log");
  }
  return notes;
}

std::string one_a_line(const std::vector<std::string>& problems) {
  std::string page;
  for (const std::string& problem : problems) {
    for (const char c : problem) page += c == '\n' || c == '\r' ? ' ' : c;
    page += '\n';
  }
  return page;
}

}  // namespace holdfast::metrics
