// How long a request takes when client, proxy and Redis share one processor.
#include "bench/report/bars.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

enum { kDirect, kFloor, kHoldfast };

struct Case {
  std::string name;
  int connections;
  double rate;
};

std::vector<double> differences(const std::vector<double>& values, const std::vector<double>& from) {
  std::vector<double> result;
  for (size_t i = 0; i < values.size(); ++i) result.push_back(values[i] - from[i]);
  return result;
}

void add_bars(Bars& bars, size_t one, const std::vector<Series>& all) {
  const Series::Group& ours = all[kHoldfast].all();
  const Series::Group& direct = all[kDirect].all();
  const Spread p50 = spread_of(ratios(ours.p50_us, direct.p50_us));
  const Spread p99 = spread_of(ratios(ours.p99_us, direct.p99_us));
  switch (one) {
    case 0:
      bars.add("1 in flight: p50 - direct, us", spread_of(differences(ours.p50_us, direct.p50_us)),
               Bars::Kind::kAtMost, 10, 1);
      break;
    case 1:
      bars.add("10 in flight: p50 / direct", p50, Bars::Kind::kAtMost, 1.15);
      bars.add("10 in flight: p99 / direct", p99, Bars::Kind::kAtMost, 1.15);
      break;
    case 2:
      bars.add("50 in flight: p50 / direct", p50, Bars::Kind::kAtMost, 1);
      bars.add("50 in flight: p99 / direct", p99, Bars::Kind::kAtMost, 1);
      break;
    default:
      break;  // the fixed rate has no bar
  }
}

}  // namespace

Result<std::string> run_latency(const Settings& settings) {
  const std::vector<Case> cases = {{"1 in flight", 1, 0},
                                   {"10 in flight", 10, 0},
                                   {"50 in flight", 50, 0},
                                   {"50 clients, 20k/s", 50, 20'000}};
  Fleet fleet(settings.fleet_options());
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  const auto floor = fleet.start_floor(redis.value());
  if (!floor.ok()) return floor.error();
  const auto holdfast = fleet.start_holdfast("holdfast", redis.value());
  if (!holdfast.ok()) return holdfast.error();
  const std::vector<Contender> contenders = {redis.value().direct("redis-server direct"), floor.value(),
                                             holdfast.value()};
  Table table({"p50 / p99, us", cases[0].name, cases[1].name, cases[2].name, cases[3].name});
  std::vector<std::vector<std::string>> rows;
  for (const Contender& contender : contenders) rows.push_back({contender.name});
  Bars bars;
  for (size_t i = 0; i < cases.size(); ++i) {
    LoadSpec spec;
    spec.groups = {{"clients", cases[i].connections, 1, 0, cases[i].rate}};
    const auto all = run_rounds("latency, " + cases[i].name, contenders, spec, settings);
    if (!all.ok()) return all.error();
    for (size_t c = 0; c < rows.size(); ++c) {
      const Series::Group& group = all.value()[c].all();
      rows[c].push_back(number(spread_of(group.p50_us).median, 0) + " / " +
                        number(spread_of(group.p99_us).median, 0));
    }
    add_bars(bars, i, all.value());
  }
  for (auto& row : rows) table.add(row);
  return "64-byte SETs, durability none. The first three are closed loops; the last sends at a fixed rate "
         "and "
         "counts from the time at which each request was due.\n\n" +
         table.to_string() + "\n" + bars.to_string();
}

}  // namespace holdfast::bench
