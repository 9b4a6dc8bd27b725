// What verdicts and counters cost: the program beside a build of the same source that has neither.
#include "bench/report/bars.h"
#include "bench/report/table.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

enum { kFloor, kBare, kHoldfast };

Result<std::vector<Contender>> start_all(Fleet& fleet) {
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  HoldfastOptions bare;
  bare.is_bare = true;
  std::vector<Contender> contenders;
  for (auto contender : {fleet.start_floor(redis.value()),
                         fleet.start_holdfast("without policy and metrics", redis.value(), bare),
                         fleet.start_holdfast("holdfast", redis.value())}) {
    if (!contender.ok()) return contender.error();
    contenders.push_back(contender.value());
  }
  return contenders;
}

}  // namespace

Result<std::string> run_policy(const Settings& settings) {
  if (settings.fleet.bare.empty())
    return Error(ErrorCode::kInvalid, "there is no program to compare with; ./dev bench makes it (--bare)");
  Fleet fleet(settings.fleet_options());
  const auto contenders = start_all(fleet);
  if (!contenders.ok()) return contenders.error();
  Table table({"CPU of the proxy, us per SET", "floor", "without policy and metrics", "holdfast"});
  Bars bars;
  for (const int pipeline : {1, 16}) {
    const std::string name = pipeline == 1 ? "50 clients" : "50, pipelines of " + std::to_string(pipeline);
    LoadSpec spec;
    spec.groups = {{"clients", 50, pipeline, 0, 0}};
    const auto all = run_rounds("policy, " + name, contenders.value(), spec, settings);
    if (!all.ok()) return all.error();
    const auto cost = [&](size_t one) { return number(spread_of(all.value()[one].proxy_us).median, 3); };
    table.add({name, cost(kFloor), cost(kBare), cost(kHoldfast)});
    bars.add(name + ": with / without",
             spread_of(ratios(all.value()[kHoldfast].proxy_us, all.value()[kBare].proxy_us)),
             Bars::Kind::kAtMost, 1.05);
  }
  return "64-byte SETs, durability none, the default policy and all metrics, beside a build of the same "
         "source "
         "that looks up no command, makes no verdict and counts no request (HOLDFAST_BENCH_BARE).\n\n" +
         table.to_string() + "\n" + bars.to_string();
}

}  // namespace holdfast::bench
