#include "metrics/readiness.h"

namespace holdfast::metrics {
namespace {

std::string describe(const config::Upstream& upstream) {
  return "upstream '" + upstream.name + "' (" + upstream.endpoint.value.to_string() + ")";
}

}  // namespace

LinkCount count_links(const Sources& sources, size_t upstream) {
  LinkCount links;
  for (const WorkerStats* worker : sources.workers) {
    if (upstream >= worker->upstreams.size()) continue;
    links.up += worker->upstreams[upstream].links_up.get();
    links.wanted += worker->upstreams[upstream].links_wanted.get();
  }
  return links;
}

std::vector<std::string> readiness_problems(const Sources& sources) {
  std::vector<std::string> problems;
  for (size_t i = 0; i < sources.config->upstreams.size(); ++i) {
    const config::Upstream& upstream = sources.config->upstreams[i];
    const LinkCount links = count_links(sources, i);
    if (links.up == 0) {
      problems.push_back(describe(upstream) + " is not connected; check that Redis runs there");
    } else if (!links.all_up()) {
      problems.push_back(describe(upstream) + " has " + std::to_string(links.up) + " of " +
                         std::to_string(links.wanted) +
                         " connections; check its log and its maxclients if this lasts");
    }

    const journal::Journal* journal = i < sources.journals.size() ? sources.journals[i] : nullptr;
    if (!upstream.journal.enabled || journal == nullptr) continue;
    journal::JournalState state = journal->state();
    if (state.ready) continue;
    if (state.reason.empty())
      state.reason = "the journal of " + describe(upstream) + " is still starting; wait";
    problems.push_back(std::move(state.reason));
  }
  return problems;
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
