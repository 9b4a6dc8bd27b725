// Every write on disk before its OK: Holdfast's journal beside Redis's own appendfsync always, on the disk as
// it is and on one whose every sync takes 2 ms longer.
#include "bench/report/bars.h"
#include "bench/scenarios/rounds.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

enum { kAlways, kSync, kAsync, kNone };

struct Wanted {
  double clients_50, clients_200, clients_1;
  double readers, readers_p99, writers;
};
constexpr Wanted kFastDisk = {1.15, 1.05, 0.75, 1.3, 1, 0};
constexpr Wanted kSlowDisk = {1.15, 1.05, 0.90, 8, 1.0 / 6, 1.3};

Result<std::vector<Contender>> start_all(Fleet& fleet, bool with_the_cheaper) {
  const auto always = fleet.start_redis({"--appendonly", "yes", "--appendfsync", "always"});
  if (!always.ok()) return always.error();
  std::vector<Contender> contenders = {always.value().direct("appendfsync always")};
  std::vector<std::string> durabilities = {"sync"};
  if (with_the_cheaper) durabilities.insert(durabilities.end(), {"async", "none"});
  for (const std::string& durability : durabilities) {
    const auto redis = fleet.start_redis();
    if (!redis.ok()) return redis.error();
    HoldfastOptions options;
    options.durability = durability;
    const auto holdfast = fleet.start_holdfast("holdfast " + durability, redis.value(), options);
    if (!holdfast.ok()) return holdfast.error();
    contenders.push_back(holdfast.value());
  }
  return contenders;
}

std::string writes_table(const std::vector<Series>& all) {
  Table table({"", "SET/s", "of always", "p50 ms", "p99 ms", "CPU Holdfast us", "CPU Redis us"});
  for (const Series& series : all) {
    table.add({series.name, thousands(spread_of(series.throughput).median),
               with_range(spread_of(ratios(series.throughput, all[kAlways].throughput)), 2),
               number(spread_of(series.all().p50_us).median / 1000, 2),
               number(spread_of(series.all().p99_us).median / 1000, 2),
               number(spread_of(series.proxy_us).median, 2), number(spread_of(series.redis_us).median, 2)});
  }
  return table.to_string();
}

std::string mixed_table(const std::vector<Series>& all) {
  Table table({"", "readers GET/s", "of always", "readers p99 ms", "writers SET/s", "of always"});
  for (const Series& series : all) {
    const Series::Group& writers = series.groups[0];
    const Series::Group& readers = series.groups[1];
    table.add({series.name, thousands(spread_of(readers.throughput).median),
               with_range(spread_of(ratios(readers.throughput, all[kAlways].groups[1].throughput)), 2),
               number(spread_of(readers.p99_us).median / 1000, 2),
               thousands(spread_of(writers.throughput).median),
               with_range(spread_of(ratios(writers.throughput, all[kAlways].groups[0].throughput)), 2)});
  }
  return table.to_string();
}

void add_write_bars(Bars& bars, int clients, const std::vector<Series>& all, double wanted) {
  const std::string name = std::to_string(clients) + (clients == 1 ? " client: " : " clients: ");
  bars.add(name + "SET/s / always", spread_of(ratios(all[kSync].throughput, all[kAlways].throughput)),
           Bars::Kind::kAtLeast, wanted);
  // With one client two more hops are allowed, and its p99 follows from them.
  if (clients == 1) return;
  bars.add(name + "p99 / always", spread_of(ratios(all[kSync].all().p99_us, all[kAlways].all().p99_us)),
           Bars::Kind::kAtMost, 1);
}

void add_mixed_bars(Bars& bars, const std::vector<Series>& all, const Wanted& wanted) {
  const auto& ours = all[kSync].groups;
  const auto& theirs = all[kAlways].groups;
  bars.add("readers beside writers: GET/s / always",
           spread_of(ratios(ours[1].throughput, theirs[1].throughput)), Bars::Kind::kAtLeast, wanted.readers);
  bars.add("readers beside writers: p99 / always", spread_of(ratios(ours[1].p99_us, theirs[1].p99_us)),
           Bars::Kind::kAtMost, wanted.readers_p99);
  if (wanted.writers == 0) return;
  bars.add("writers beside readers: SET/s / always",
           spread_of(ratios(ours[0].throughput, theirs[0].throughput)), Bars::Kind::kAtLeast, wanted.writers);
}

Result<std::string> measure(const std::string& disk, const Wanted& wanted, bool with_the_cheaper,
                            const Settings& settings) {
  FleetOptions options = settings.fleet_options();
  options.syncs_are_slow = &wanted == &kSlowDisk;
  Fleet fleet(options);
  const auto contenders = start_all(fleet, with_the_cheaper);
  if (!contenders.ok()) return contenders.error();
  std::string text;
  Bars bars;
  for (const auto& [clients, bar] : {std::pair(1, wanted.clients_1), std::pair(50, wanted.clients_50),
                                     std::pair(200, wanted.clients_200)}) {
    LoadSpec spec;
    spec.groups = {{"writers", clients, 1, 0, 0}};
    const std::string name = std::to_string(clients) + (clients == 1 ? " client" : " clients");
    const auto all = run_rounds("durable, " + disk + ", " + name, contenders.value(), spec, settings);
    if (!all.ok()) return all.error();
    text += "\n" + name + ":\n\n" + writes_table(all.value());
    add_write_bars(bars, clients, all.value(), bar);
    if (with_the_cheaper && clients == 50) {
      bars.add("50 clients: async / none, SET/s",
               spread_of(ratios(all.value()[kAsync].throughput, all.value()[kNone].throughput)),
               Bars::Kind::kAtLeast, 0.9);
    }
  }
  LoadSpec mixed;
  mixed.groups = {{"writers", 8, 1, 0, 0}, {"readers", 50, 1, 1, 0}};
  const auto all =
      run_rounds("durable, " + disk + ", readers beside writers", contenders.value(), mixed, settings);
  if (!all.ok()) return all.error();
  add_mixed_bars(bars, all.value(), wanted);
  return text + "\n8 clients that write, 50 that read:\n\n" + mixed_table(all.value()) + "\n" +
         bars.to_string();
}

}  // namespace

Result<std::string> run_durable(const Settings& given) {
  const Settings settings = given.unpinned();
  const auto fast = measure("disk as it is", kFastDisk, true, settings);
  if (!fast.ok()) return fast.error();
  const auto slow = measure("slow syncs", kSlowDisk, false, settings);
  if (!slow.ok()) return slow.error();
  return "64-byte SETs, not bound to a processor. Ratios are against Redis with appendfsync always in the "
         "same "
         "round.\n\n### The disk as it is\n" +
         fast.value() + "\n### Every fsync and fdatasync 2 ms longer, on both sides\n" + slow.value();
}

}  // namespace holdfast::bench
