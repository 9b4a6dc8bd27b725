// User instructions per request, counted by callgrind: the figure that a noisy machine does not blur.
#include <cmath>
#include <fstream>
#include <map>
#include <optional>

#include "bench/load/fill_keys.h"
#include "bench/load/generator.h"
#include "bench/report/spread.h"
#include "bench/report/table.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

constexpr double kGrowthAllowed = 0.05;

struct Case {
  std::string name;
  int pipeline;
  uint64_t requests;  // of the short run; the long one has three times as many
};

using Start = Result<Contender> (*)(Fleet&, const Redis&, const std::vector<std::string>& under);

struct Program {
  std::string name;
  Start start;
};

const std::vector<Program> kPrograms = {
    {"holdfast",
     [](Fleet& fleet, const Redis& redis, const std::vector<std::string>& under) {
       HoldfastOptions options;
       options.under = under;
       return fleet.start_holdfast("holdfast", redis, options);
     }},
    {"floor", [](Fleet& fleet, const Redis& redis,
                 const std::vector<std::string>& under) { return fleet.start_floor(redis, under); }},
    {"haproxy", [](Fleet& fleet, const Redis& redis,
                   const std::vector<std::string>& under) { return fleet.start_haproxy(redis, under); }},
    {"twemproxy", [](Fleet& fleet, const Redis& redis, const std::vector<std::string>& under) {
       return fleet.start_nutcracker(redis, under);
     }}};

Result<double> read_total(const std::string& path) {
  std::ifstream file(path);
  double total = 0;
  for (std::string word; file >> word;) {
    if (word == "totals:" || word == "summary:") file >> total;
  }
  if (total > 0) return total;
  return Error(ErrorCode::kUnavailable, "callgrind wrote no total to " + path);
}

// All instructions of the program, from its start to its end, for so many requests.
Result<double> count(const Program& program, int pipeline, uint64_t requests, const Settings& settings) {
  Fleet fleet(settings.unpinned().fleet_options());
  const std::string out = settings.fleet.directory + "/callgrind.out";
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  const auto contender = program.start(
      fleet, redis.value(), {"valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + out});
  if (!contender.ok()) return contender.error();
  LoadSpec spec;
  spec.groups = {{"clients", 50, pipeline, 0, 0}};
  spec.port = contender.value().port;
  spec.requests = requests;
  const auto done = run_load(spec);
  if (!done.ok()) return done.error().prefixed(program.name + contender.value().proxy->last_words());
  fleet.find(contender.value().proxy)->stop_patiently();
  return read_total(out);
}

// Start and end cost the same in a short and in a long run, so the difference is the requests' alone.
Result<double> per_request(const Program& program, const Case& one, const Settings& settings) {
  const auto less = count(program, one.pipeline, one.requests, settings);
  if (!less.ok()) return less.error();
  const auto more = count(program, one.pipeline, 3 * one.requests, settings);
  if (!more.ok()) return more.error();
  return (more.value() - less.value()) / static_cast<double>(2 * one.requests);
}

// "<case> <instructions>" per line; '#' begins a comment.
std::map<std::string, double> read_baseline(const std::string& path) {
  std::map<std::string, double> baseline;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t space = line.find(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    baseline[line.substr(0, space)] = std::atof(line.c_str() + space);
  }
  return baseline;
}

Status write_baseline(const std::string& path, const std::map<std::string, double>& measured) {
  std::ofstream file(path, std::ios::trunc);
  file
      << "# User instructions of Holdfast per 64-byte SET, 50 clients, durability none, counted by "
         "callgrind.\n"
         "# Written by bench/run --only instructions --accept; what makes them grow by more than 5% belongs\n"
         "# into CHANGELOG.md.\n";
  for (const auto& [name, value] : measured) file << name << ' ' << number(value, 0) << '\n';
  if (!file.flush()) return Error::from_errno("cannot write " + path, errno);
  return {};
}

Status use_baseline(const std::map<std::string, double>& measured,
                    const std::map<std::string, double>& baseline, const Settings& settings) {
  if (settings.baseline_use == Settings::Baseline::kAccept)
    return write_baseline(settings.baseline, measured);
  if (settings.baseline_use != Settings::Baseline::kCheck) return {};
  for (const auto& [name, value] : measured) {
    const auto found = baseline.find(name);
    if (found == baseline.end()) {
      return Error(ErrorCode::kRefused,
                   settings.baseline + " has no figure for " + name + "; write it with --accept");
    }
    if (value <= found->second * (1 + kGrowthAllowed)) continue;
    return Error(ErrorCode::kRefused, name + ": " + number(value, 0) +
                                          " instructions per request instead of " + number(found->second, 0) +
                                          "; find out why, or say why in CHANGELOG.md and run --accept");
  }
  return {};
}

}  // namespace

Result<std::string> run_instructions(const Settings& settings) {
  const uint64_t scale = settings.is_quick ? 1 : 5;
  const std::vector<Case> cases = {{"unpipelined", 1, 1000 * scale}, {"pipelines-of-16", 16, 8000 * scale}};
  const bool only_ours = settings.baseline_use != Settings::Baseline::kCompare;
  const std::map<std::string, double> baseline = read_baseline(settings.baseline);
  std::map<std::string, double> measured;
  std::map<std::string, std::vector<std::string>> rows;
  for (const Case& one : cases) {
    for (const Program& program : kPrograms) {
      const bool is_ours = program.name == "holdfast";
      if (only_ours && !is_ours) continue;
      std::fprintf(stderr, "bench: instructions, %s, %s\n", one.name.c_str(), program.name.c_str());
      const auto figure = per_request(program, one, settings);
      if (!figure.ok()) return figure.error();
      if (is_ours) measured[one.name] = figure.value();
      auto& row = rows[program.name];
      if (row.empty()) row.push_back(program.name);
      row.push_back(number(figure.value(), 0));
      const auto found = baseline.find(one.name);
      const bool has_baseline = is_ours && found != baseline.end();
      row.push_back(has_baseline ? number(figure.value() / found->second, 2) : "");
    }
  }
  if (const Status used = use_baseline(measured, baseline, settings); !used.ok()) return used.error();
  Table table({"user instructions per SET", "50 clients", "/ baseline", "50, pipelines of 16", "/ baseline"});
  for (const Program& program : kPrograms) {
    if (!rows[program.name].empty()) table.add(rows[program.name]);
  }
  return "Counted by callgrind, kernel not included; the difference of a short and a long run, so that start "
         "and end "
         "do not count. Under callgrind the program is far slower than its clients, so turns of its loop are "
         "as full "
         "as they can be.\n\n" +
         table.to_string();
}

}  // namespace holdfast::bench
