#include "bench/scenarios/rounds.h"

#include <time.h>

#include <array>
#include <cstdio>
#include <set>

#include "bench/load/fill_keys.h"
#include "bench/load/generator.h"

namespace holdfast::bench {
namespace {

uint64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

using CpuTimes = std::array<double, 3>;  // proxy, Redis, client; ns

CpuTimes cpu_times(const Contender& contender) {
  const auto of = [](const Process* process) {
    return process != nullptr ? static_cast<double>(process->cpu_ns()) : 0.0;
  };
  return {of(contender.proxy), of(contender.redis), static_cast<double>(thread_cpu_ns())};
}

Status fill_all(const std::vector<Contender>& contenders, LoadSpec spec) {
  std::set<const Process*> filled;
  for (const Contender& contender : contenders) {
    if (!filled.insert(contender.redis).second) continue;
    spec.port = contender.port;
    if (const Status status = fill_keys(spec); !status.ok()) return status.error().prefixed(contender.name);
  }
  return {};
}

Status run_once(const Contender& contender, LoadSpec spec, Series& series) {
  CpuTimes before{};
  CpuTimes after{};
  spec.port = contender.port;
  spec.at_begin = [&] { before = cpu_times(contender); };
  spec.at_end = [&] { after = cpu_times(contender); };
  const auto result = run_load(spec);
  if (!result.ok()) {
    const Process* blamed = contender.proxy != nullptr ? contender.proxy : contender.redis;
    return Error(result.error().code(),
                 contender.name + ": " + result.error().message() + blamed->last_words());
  }
  const LoadResult& load = result.value();
  if (load.requests == 0) return Error(ErrorCode::kTimeout, contender.name + ": not one reply in the round");
  const auto us_per_request = [&](size_t i) {
    return (after[i] - before[i]) / 1000 / static_cast<double>(load.requests);
  };
  series.throughput.push_back(static_cast<double>(load.requests) / load.seconds);
  series.proxy_us.push_back(us_per_request(0));
  series.redis_us.push_back(us_per_request(1));
  series.client_us.push_back(us_per_request(2));
  series.both_us.push_back(us_per_request(0) + us_per_request(1));
  for (size_t g = 0; g < load.groups.size(); ++g) {
    const GroupResult& from = load.groups[g];
    Series::Group& to = series.groups[g];
    to.throughput.push_back(static_cast<double>(from.requests) / load.seconds);
    to.p50_us.push_back(static_cast<double>(from.latency.percentile_ns(50)) / 1000);
    to.p99_us.push_back(static_cast<double>(from.latency.percentile_ns(99)) / 1000);
  }
  return {};
}

}  // namespace

Result<std::vector<Series>> run_rounds(const std::string& what, const std::vector<Contender>& contenders,
                                       LoadSpec spec, const Settings& settings) {
  const PinnedThread pinned(settings.cpus());
  spec.warmup_seconds = settings.warmup_seconds;
  spec.seconds = settings.seconds;
  if (const Status filled = fill_all(contenders, spec); !filled.ok()) return filled.error();
  std::vector<Series> all;
  for (const Contender& contender : contenders) {
    Series series;
    series.name = contender.name;
    series.groups.resize(spec.groups.size());
    all.push_back(std::move(series));
  }
  for (int round = 1; round <= settings.rounds; ++round) {
    std::fprintf(stderr, "bench: %s, round %d of %d\n", what.c_str(), round, settings.rounds);
    for (size_t i = 0; i < contenders.size(); ++i) {
      if (const Status done = run_once(contenders[i], spec, all[i]); !done.ok()) {
        return done.error().prefixed(what);
      }
    }
  }
  return all;
}

}  // namespace holdfast::bench
