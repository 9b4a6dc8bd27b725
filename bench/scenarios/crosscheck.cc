// The same load from redis-benchmark, a program that is not ours: do both say the same?
#include <time.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bench/load/interrupt.h"
#include "bench/report/table.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

// Requests per second, of 64-byte SETs with 50 clients over the keys that our own load uses.
Result<double> redis_benchmark(int port, const std::string& name, const Settings& settings) {
  const std::string directory = settings.fleet.directory;
  auto process =
      Process::start(name,
                     {"redis-benchmark", "-h", "127.0.0.1", "-p", std::to_string(port), "-t", "set", "-c",
                      "50", "-d", "64", "-r", "100000", "-n", settings.is_quick ? "5000" : "200000", "--csv"},
                     {directory, settings.cpus(), {}});
  if (!process.ok()) return process.error();
  while (process.value().is_running()) {
    if (interrupted()) return interrupted_error();
    const timespec pause{0, 20'000'000};
    nanosleep(&pause, nullptr);
  }
  std::ifstream file(directory + "/" + name + ".log");
  const std::string begin = "\"SET\",\"";
  for (std::string line; std::getline(file, line);) {
    const size_t at = line.find(begin);
    if (at != std::string::npos) return std::atof(line.c_str() + at + begin.size());
  }
  return Error(ErrorCode::kUnavailable, "redis-benchmark did not report" + process.value().last_words());
}

}  // namespace

Result<std::string> run_crosscheck(const Settings& settings) {
  Fleet fleet(settings.fleet_options());
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  const auto holdfast = fleet.start_holdfast("holdfast", redis.value());
  if (!holdfast.ok()) return holdfast.error();
  const std::vector<Contender> contenders = {redis.value().direct("redis-server direct"), holdfast.value()};
  const auto ours = run_rounds("crosscheck", contenders, LoadSpec{}, settings);
  if (!ours.ok()) return ours.error();
  std::vector<std::vector<double>> theirs(contenders.size());
  for (int round = 0; round < settings.rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const std::string name = "redis-benchmark-" + std::to_string(round) + "-" + std::to_string(i);
      const auto rate = redis_benchmark(contenders[i].port, name, settings);
      if (!rate.ok()) return rate.error();
      theirs[i].push_back(rate.value());
    }
  }
  Table table({"SET/s, 50 clients", "our load generator", "/ direct", "redis-benchmark", "/ direct"});
  for (size_t i = 0; i < contenders.size(); ++i) {
    const Series& series = ours.value()[i];
    table.add({contenders[i].name, thousands(spread_of(series.throughput).median),
               with_range(spread_of(ratios(series.throughput, ours.value()[0].throughput)), 2),
               thousands(spread_of(theirs[i]).median),
               with_range(spread_of(ratios(theirs[i], theirs[0])), 2)});
  }
  return "The two clients need different CPU themselves, and on one processor that is part of the "
         "throughput; what "
         "must agree is which is faster, and roughly by how much.\n\n" +
         table.to_string();
}

}  // namespace holdfast::bench
