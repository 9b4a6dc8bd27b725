// What every scenario gets, and the list of them. A scenario starts its servers, measures, and answers its
// section of results.md; when it returns, nothing of it runs any more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/servers/fleet.h"

namespace holdfast::bench {

struct Settings {
  int rounds = 5;
  double seconds = 1.5;  // of each measured part
  double warmup_seconds = 0.3;
  bool is_quick = false;  // as small as it can be while everything still happens
  bool is_pinned = true;  // client, proxy and Redis share one processor
  FleetOptions fleet;     // directory and programs; cpus are set by fleet_options()
  std::string baseline;   // bench/instructions.baseline
  std::string changelog;  // CHANGELOG.md
  enum class Baseline { kCompare, kCheck, kAccept } baseline_use = Baseline::kCompare;

  std::optional<cpu_set_t> cpus() const {
    if (!is_pinned) return std::nullopt;
    return one_cpu();
  }
  FleetOptions fleet_options() const {
    FleetOptions options = fleet;
    options.cpus = cpus();
    return options;
  }
  Settings unpinned() const {
    Settings other = *this;
    other.is_pinned = false;
    return other;
  }
};

struct Scenario {
  std::string name;
  Result<std::string> (*run)(const Settings& settings);
};

Result<std::string> run_passthrough(const Settings& settings);
Result<std::string> run_latency(const Settings& settings);
Result<std::string> run_durable(const Settings& settings);
Result<std::string> run_disk(const Settings& settings);
Result<std::string> run_policy(const Settings& settings);
Result<std::string> run_journal_files(const Settings& settings);
Result<std::string> run_memory(const Settings& settings);
Result<std::string> run_workers(const Settings& settings);
Result<std::string> run_connections(const Settings& settings);
Result<std::string> run_instructions(const Settings& settings);
Result<std::string> run_decision(const Settings& settings);
Result<std::string> run_crosscheck(const Settings& settings);

// In the order of results.md.
const std::vector<Scenario>& scenarios();

}  // namespace holdfast::bench
