// A configuration with one environment in front of one upstream, and the numbers of two workers.
#pragma once

#include "config/config.h"
#include "metrics/sources.h"

namespace holdfast::metrics {

// A posture of which every fact is known.
inline PostureState everything_known() {
  PostureState state;
  state.unix_ms = 1'700'000'000'000;
  posture::Facts& facts = state.facts;
  facts.version = "7.0.15";
  facts.is_primary = facts.aof = facts.snapshots = true;
  facts.rewriting = false;
  facts.eviction_policy = "noeviction";
  facts.save_age_s = facts.changes_since_save = facts.delayed_fsyncs = 0;
  facts.used_memory = facts.maxmemory = facts.backlog_size = 1 << 20;
  facts.evicted_keys = facts.expired_keys = 0;
  facts.fragmentation = facts.write_rate = 1.5;
  facts.replicas = {{"10.0.0.2", true, 5, 1}};
  state.findings = posture::judge(facts);
  return state;
}

struct TwoWorkers {
  config::Config config = [] {
    config::Config made;
    made.upstreams.resize(1);
    made.upstreams[0].name = "main";
    made.upstreams[0].endpoint.value = {Endpoint::Kind::kTcp, "127.0.0.1", 6379, ""};
    made.environments.resize(1);
    made.environments[0].name = "production";
    made.environments[0].upstream = "main";
    return made;
  }();
  WorkerStats first{std::vector<EnvironmentStats>(1), std::vector<UpstreamStats>(1)};
  WorkerStats second{std::vector<EnvironmentStats>(1), std::vector<UpstreamStats>(1)};
  // Never started: it does no I/O.
  journal::Journal journal{config.upstreams[0]};

  audit::LogStats audit;
  ReloadStats reloads;

  void connect_upstream() {
    for (WorkerStats* worker : {&first, &second}) {
      worker->upstreams[0].links_wanted.set(1);
      worker->upstreams[0].links_up.set(1);
    }
  }

  Sources sources() {
    return {.config = &config,
            .workers = {&first, &second},
            .journals = {&journal},
            .posture = [](size_t) { return everything_known(); },
            .audit = &audit,
            .reloads = &reloads,
            .certificates =
                [] {
                  return std::vector<CertificateExpiry>{{"environment", "production", 1'900'000'000}};
                },
            .version = "1.2.3",
            .started_unix_ms = 1'700'000'000'500};
  }
};

}  // namespace holdfast::metrics
