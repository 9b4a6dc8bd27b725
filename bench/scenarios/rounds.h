// Measures several contenders against the same load, in rounds: A B C, A B C, ... so that what drifts on the
// machine hits all of them alike.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load/spec.h"
#include "bench/report/spread.h"
#include "bench/scenarios/scenario.h"
#include "bench/servers/fleet.h"

namespace holdfast::bench {

// One contender's figures, one value per round.
struct Series {
  std::string name;
  std::vector<double> throughput;  // requests per second
  // CPU microseconds per request, user and system.
  std::vector<double> proxy_us;  // 0 where there is no proxy
  std::vector<double> redis_us;
  std::vector<double> client_us;
  std::vector<double> both_us;  // proxy and Redis

  // By group of the load.
  struct Group {
    std::vector<double> throughput;
    std::vector<double> p50_us;
    std::vector<double> p99_us;
  };
  std::vector<Group> groups;

  const Group& all() const { return groups.at(0); }  // for a load of one group
};

// Runs `spec` (its port and clock callbacks are set here) against each contender in each round. `what` names
// the case for the progress line on stderr. The keys are filled first, once, through each contender's Redis.
Result<std::vector<Series>> run_rounds(const std::string& what, const std::vector<Contender>& contenders,
                                       LoadSpec spec, const Settings& settings);

}  // namespace holdfast::bench
