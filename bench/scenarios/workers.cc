// Whether workers share anything: what a request costs with two of them instead of one.
#include "bench/report/table.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

// One row per load: cost with one and two workers on one processor, throughput with all processors.
Result<std::vector<Series>> measure(const std::string& where, int pipeline, const Settings& settings) {
  Fleet fleet(settings.fleet_options());
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  std::vector<Contender> contenders;
  for (const int workers : {1, 2}) {
    HoldfastOptions options;
    options.workers = workers;
    const auto holdfast = fleet.start_holdfast(std::to_string(workers) + " workers", redis.value(), options);
    if (!holdfast.ok()) return holdfast.error();
    contenders.push_back(holdfast.value());
  }
  LoadSpec spec;
  spec.groups = {{"clients", 100, pipeline, 0, 0}};
  return run_rounds("workers, " + where + ", pipelines of " + std::to_string(pipeline), contenders, spec,
                    settings);
}

}  // namespace

Result<std::string> run_workers(const Settings& given) {
  Settings pinned = given;
  pinned.is_pinned = true;
  Table table({"100 clients", "one processor: us with 1 worker", "with 2", "2 / 1", "Redis us, 1",
               "Redis us, 2", "all processors: throughput 2 / 1"});
  for (const int pipeline : {1, 16}) {
    const auto bound = measure("one processor", pipeline, pinned);
    if (!bound.ok()) return bound.error();
    const auto free = measure("all processors", pipeline, given.unpinned());
    if (!free.ok()) return free.error();
    const Series& one = bound.value()[0];
    const Series& two = bound.value()[1];
    table.add({pipeline == 1 ? "unpipelined" : "pipelines of " + std::to_string(pipeline),
               number(spread_of(one.proxy_us).median, 2), number(spread_of(two.proxy_us).median, 2),
               with_range(spread_of(ratios(two.proxy_us, one.proxy_us)), 2),
               number(spread_of(one.redis_us).median, 2), number(spread_of(two.redis_us).median, 2),
               with_range(spread_of(ratios(free.value()[1].throughput, free.value()[0].throughput)), 2)});
  }
  return "64-byte SETs, durability none. On one processor two workers cannot be faster; what they cost more "
         "there is "
         "smaller batches and the switching between them, and what they would share would show. With all "
         "processors "
         "the client and Redis need theirs too.\n\n" +
         table.to_string();
}

}  // namespace holdfast::bench
