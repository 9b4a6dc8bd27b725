// Whether a request costs the same however many clients are connected.
#include "bench/report/table.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {

Result<std::string> run_connections(const Settings& settings) {
  Fleet fleet(settings.fleet_options());
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  const auto holdfast = fleet.start_holdfast("holdfast", redis.value());
  if (!holdfast.ok()) return holdfast.error();
  const std::vector<Contender> contenders = {redis.value().direct("direct"), holdfast.value()};
  Table table({"clients", "Holdfast us", "Redis behind it us", "Redis alone us", "both / Redis alone",
               "throughput / direct"});
  for (const int clients : {1, 10, 100, 1000, settings.is_quick ? 2000 : 10'000}) {
    LoadSpec spec;
    spec.groups = {{"clients", clients, 1, 0, 0}};
    const auto all =
        run_rounds("connections, " + std::to_string(clients) + " clients", contenders, spec, settings);
    if (!all.ok()) return all.error();
    const Series& direct = all.value()[0];
    const Series& ours = all.value()[1];
    table.add({std::to_string(clients), with_range(spread_of(ours.proxy_us), 2),
               number(spread_of(ours.redis_us).median, 2), number(spread_of(direct.redis_us).median, 2),
               with_range(spread_of(ratios(ours.both_us, direct.both_us)), 2),
               with_range(spread_of(ratios(ours.throughput, direct.throughput)), 2)});
  }
  return "64-byte SETs, durability none, every client with one request in flight. CPU microseconds per "
         "request.\n\n" +
         table.to_string();
}

}  // namespace holdfast::bench
