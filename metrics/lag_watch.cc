#include "metrics/lag_watch.h"

#include "base/log.h"
#include "metrics/readiness.h"

namespace holdfast::metrics {

void LagWatch::look(const Sources& sources) {
  behind_.resize(sources.journals.size());
  for (size_t i = 0; i < sources.journals.size(); ++i) {
    const std::string problem = lag_problem(sources, i);
    if (problem.empty() != behind_[i]) continue;
    behind_[i] = !problem.empty();
    if (behind_[i])
      log::error(problem);
    else
      log::info("the journal of upstream '" + sources.config->upstreams[i].name + "' is not behind any more");
  }
}

}  // namespace holdfast::metrics
