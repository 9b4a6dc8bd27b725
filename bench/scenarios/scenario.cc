#include "bench/scenarios/scenario.h"

namespace holdfast::bench {

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kScenarios = {
      {"passthrough", run_passthrough},
      {"latency", run_latency},
      {"durable", run_durable},
      {"disk", run_disk},
      {"journal_files", run_journal_files},
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
