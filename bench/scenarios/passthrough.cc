// What a proxy costs that only passes requests on: CPU per request, and throughput against direct Redis.
#include "bench/report/bars.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

struct Case {
  std::string name;
  int connections;
  int pipeline;
};

const std::vector<Case> kCases = {{"50 clients", 50, 1},
                                  {"500 clients", 500, 1},
                                  {"50, pipelines of 16", 50, 16},
                                  {"50, pipelines of 64", 50, 64}};

// In the order of the contenders.
enum { kDirect, kHaproxy, kTwemproxy, kFloor, kHoldfast, kWithUsers };

using CaseResults = std::vector<std::vector<Series>>;  // by case, by contender

Result<std::vector<Contender>> start_all(Fleet& fleet) {
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  std::vector<Contender> contenders = {redis.value().direct("redis-server direct")};
  HoldfastOptions with_users;
  with_users.has_users = true;
  for (auto contender : {fleet.start_haproxy(redis.value()), fleet.start_nutcracker(redis.value()),
                         fleet.start_floor(redis.value()), fleet.start_holdfast("holdfast", redis.value()),
                         fleet.start_holdfast("holdfast, a user with 20 rules", redis.value(), with_users)}) {
    if (!contender.ok()) return contender.error();
    contenders.push_back(contender.value());
  }
  return contenders;
}

std::vector<std::string> header(const std::string& first) {
  std::vector<std::string> cells = {first};
  for (const Case& one : kCases) cells.push_back(one.name);
  return cells;
}

std::string cost_table(const CaseResults& results) {
  Table table(header("us / throughput"));
  for (size_t c = 0; c < results[0].size(); ++c) {
    std::vector<std::string> row = {results[0][c].name};
    for (const auto& all : results) {
      const Series& series = all[c];
      const double cost = spread_of(c == kDirect ? series.redis_us : series.proxy_us).median;
      const double ratio = spread_of(ratios(series.throughput, all[kDirect].throughput)).median;
      row.push_back(number(cost, 2) + " / " + number(ratio, 2));
    }
    table.add(row);
  }
  return table.to_string();
}

std::string whole_table(const CaseResults& results) {
  Table table(header("proxy + Redis, us / of Redis alone"));
  for (size_t c = 0; c < results[0].size(); ++c) {
    std::vector<std::string> row = {results[0][c].name};
    for (const auto& all : results) {
      const double ratio = spread_of(ratios(all[c].both_us, all[kDirect].both_us)).median;
      row.push_back(number(spread_of(all[c].proxy_us).median, 2) + " + " +
                    number(spread_of(all[c].redis_us).median, 2) + " / " + number(ratio, 2));
    }
    table.add(row);
  }
  return table.to_string();
}

std::string bars(const CaseResults& results) {
  Bars bars;
  const auto cost_against = [&](size_t one, size_t other, const std::string& name, double bar) {
    const auto& all = results[one];
    bars.add(kCases[one].name + ": CPU of Holdfast / " + name,
             spread_of(ratios(all[kHoldfast].proxy_us, all[other].proxy_us)), Bars::Kind::kAtMost, bar);
  };
  const auto whole_against_direct = [&](size_t one, double throughput) {
    const auto& all = results[one];
    bars.add(kCases[one].name + ": CPU of Holdfast + Redis / Redis alone",
             spread_of(ratios(all[kHoldfast].both_us, all[kDirect].both_us)), Bars::Kind::kAtMost, 1);
    bars.add(kCases[one].name + ": throughput / direct",
             spread_of(ratios(all[kHoldfast].throughput, all[kDirect].throughput)), Bars::Kind::kAtLeast,
             throughput);
  };
  cost_against(0, kFloor, "floor", 1.15);
  cost_against(0, kTwemproxy, "twemproxy", 0.73);
  cost_against(0, kHaproxy, "haproxy", 0.52);
  whole_against_direct(0, 1);
  cost_against(1, kFloor, "floor", 1.15);
  cost_against(1, kTwemproxy, "twemproxy", 0.53);
  cost_against(1, kHaproxy, "haproxy", 0.38);
  whole_against_direct(1, 1.05);
  cost_against(2, kFloor, "floor", 1.8);
  cost_against(2, kTwemproxy, "twemproxy", 0.24);
  cost_against(3, kFloor, "floor", 1.8);
  for (size_t one = 0; one < kCases.size(); ++one) {
    bars.add(kCases[one].name + ": CPU of Holdfast with a user of 20 rules / floor",
             spread_of(ratios(results[one][kWithUsers].proxy_us, results[one][kFloor].proxy_us)),
             Bars::Kind::kAtMost, kCases[one].pipeline == 1 ? 1.15 : 1.8);
  }
  return bars.to_string();
}

Result<CaseResults> measure(const std::string& command, double read_share,
                            const std::vector<Contender>& contenders, const Settings& settings) {
  CaseResults results;
  for (const Case& one : kCases) {
    LoadSpec spec;
    spec.groups = {{"clients", one.connections, one.pipeline, read_share, 0}};
    auto series = run_rounds("passthrough, " + command + ", " + one.name, contenders, spec, settings);
    if (!series.ok()) return series.error();
    results.push_back(std::move(series).value());
  }
  return results;
}

}  // namespace

Result<std::string> run_passthrough(const Settings& settings) {
  Fleet fleet(settings.fleet_options());
  const auto contenders = start_all(fleet);
  if (!contenders.ok()) return contenders.error();
  std::string text =
      "Durability none, one worker each, values of 64 bytes. CPU microseconds per request of the proxy (of "
      "Redis "
      "in the first row) / throughput against direct Redis in the same round.\n";
  for (const std::string command : {"SET", "GET"}) {
    const auto results = measure(command, command == "GET" ? 1 : 0, contenders.value(), settings);
    if (!results.ok()) return results.error();
    text += "\n" + command + ":\n\n" + cost_table(results.value()) + "\n" + whole_table(results.value());
    if (command == "SET") text += "\n" + bars(results.value());
  }
  return text;
}

}  // namespace holdfast::bench
