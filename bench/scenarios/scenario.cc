#include "bench/scenarios/scenario.h"

namespace holdfast::bench {

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kScenarios = {
      {"passthrough", run_passthrough},
      {"latency", run_latency},
      {"durable", run_durable},
      {"journal_files", run_journal_files},
      {"disk", run_disk},
      {"policy", run_policy},
      {"memory", run_memory},
      {"workers", run_workers},
      {"connections", run_connections},
      {"instructions", run_instructions},
      {"decision", run_decision},
      {"crosscheck", run_crosscheck},
  };
  return kScenarios;
}

}  // namespace holdfast::bench
