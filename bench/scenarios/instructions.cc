// User instructions per request, counted by callgrind: the figure that a noisy machine does not blur.
#include <fstream>
#include <iterator>
#include <map>

#include "bench/load/fill_keys.h"
#include "bench/load/generator.h"
#include "bench/report/instruction_baseline.h"
#include "bench/report/spread.h"
#include "bench/report/table.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

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

Status use_baseline(const Instructions& measured, const Instructions& baseline, const Settings& settings) {
  if (settings.baseline_use == Settings::Baseline::kAccept) {
    if (const Status written = write_baseline(settings.baseline, measured); !written.ok()) return written;
    std::fprintf(stderr, "bench: CHANGELOG.md has to say why, with the words \"%s\" on one line\n",
                 changelog_words(measured).c_str());
    return {};
  }
  if (settings.baseline_use != Settings::Baseline::kCheck) return {};
  std::ifstream changelog(settings.changelog);
  return check_growth(measured, baseline, std::string(std::istreambuf_iterator<char>(changelog), {}));
}

}  // namespace

Result<std::string> run_instructions(const Settings& settings) {
  const uint64_t scale = settings.is_quick ? 1 : 5;
  const std::vector<Case> cases = {{"unpipelined", 1, 1000 * scale}, {"pipelines-of-16", 16, 8000 * scale}};
  const bool only_ours = settings.baseline_use != Settings::Baseline::kCompare;
  const auto read = read_baseline(settings.baseline);
  if (!read.ok() && settings.baseline_use == Settings::Baseline::kCheck) return read.error();
  const Instructions baseline = read.ok() ? read.value() : Instructions();
  Instructions measured;
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
