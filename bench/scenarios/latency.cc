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

enum { kOneInFlight, kTenInFlight, kFiftyInFlight };

void add_bars_in_flight(Bars& bars, const std::string& name, const std::vector<Series>& all, double bar) {
  const Series::Group& ours = all[kHoldfast].all();
  const Series::Group& direct = all[kDirect].all();
  bars.add(name + ": p50 / direct", spread_of(ratios(ours.p50_us, direct.p50_us)), Bars::Kind::kAtMost, bar);
  bars.add(name + ": p99 / direct", spread_of(ratios(ours.p99_us, direct.p99_us)), Bars::Kind::kAtMost, bar);
}

// By case, then by contender.
std::string bars_of(const std::vector<Case>& cases, const std::vector<std::vector<Series>>& results) {
  const std::vector<Series>& one = results[kOneInFlight];
  const std::vector<double>& direct_us = one[kDirect].all().p50_us;
  const auto more = differences(one[kHoldfast].all().p50_us, direct_us);
  const auto more_of_floor = differences(one[kFloor].all().p50_us, direct_us);
  Bars bars;
  bars.add("1 in flight: p50 - direct, us", spread_of(more), Bars::Kind::kAtMost, 10, 1);
  // Where the bar was set, direct Redis had a p50 of 251 us with 50 in flight.
  bars.add("1 in flight: (p50 - direct) / direct's p50 with 50 in flight",
           spread_of(ratios(more, results[kFiftyInFlight][kDirect].all().p50_us)), Bars::Kind::kAtMost,
           10.0 / 251, 3);
  add_bars_in_flight(bars, cases[kTenInFlight].name, results[kTenInFlight], 1.15);
  add_bars_in_flight(bars, cases[kFiftyInFlight].name, results[kFiftyInFlight], 1);
  return bars.to_string() + "\nThe second row is the first one without the speed of the machine. With 1 in " +
         "flight the floor's p50 - direct is " + with_range(spread_of(more_of_floor), 1) + " us.\n";
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
  std::vector<std::vector<Series>> results;
  for (size_t i = 0; i < cases.size(); ++i) {
    LoadSpec spec;
    spec.groups = {{"clients", cases[i].connections, 1, 0, cases[i].rate}};
    auto all = run_rounds("latency, " + cases[i].name, contenders, spec, settings);
    if (!all.ok()) return all.error();
    for (size_t c = 0; c < rows.size(); ++c) {
      const Series::Group& group = all.value()[c].all();
      rows[c].push_back(number(spread_of(group.p50_us).median, 0) + " / " +
                        number(spread_of(group.p99_us).median, 0));
    }
    results.push_back(std::move(all).value());
  }
  for (auto& row : rows) table.add(row);
  return "64-byte SETs, durability none. The first three are closed loops; the last sends at a fixed rate "
         "and "
         "counts from the time at which each request was due.\n\n" +
         table.to_string() + "\n" + bars_of(cases, results);
}

}  // namespace holdfast::bench
