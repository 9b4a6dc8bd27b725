// The orchestrator: chooses scenarios, runs them one after the other, writes bench/results.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "bench/load/interrupt.h"
#include "bench/report/machine.h"
#include "bench/report/results_file.h"
#include "bench/report/spread.h"
#include "bench/scenarios/scenario.h"
#include "bench/servers/run_directory.h"

namespace holdfast::bench {
namespace {

struct Options {
  Settings settings;
  std::vector<std::string> only;
  std::string out;        // results.md; empty: only to the terminal
  std::string directory;  // parent of what the servers write
  std::string revision;
  bool check = false;
  bool accept = false;
  bool unpinned = false;
};

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const Scenario& scenario : scenarios()) names.push_back(scenario.name);
  return names;
}

void add_options(CLI::App& app, Options& options) {
  Settings& settings = options.settings;
  app.add_option("--only", options.only, "These scenarios and no others")
      ->check(CLI::IsMember(scenario_names()));
  app.add_option("--rounds", settings.rounds, "Rounds of each measurement")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", settings.seconds, "How long each measured part takes");
  app.add_flag("--quick", settings.is_quick, "A smoke run of about a minute; its figures mean nothing");
  app.add_flag("--unpinned", options.unpinned, "Use all processors where one would be shared");
  app.add_flag("--check", options.check, "Fail when instructions per request have grown by more than 5%");
  app.add_flag("--accept", options.accept, "Write the measured instructions per request as the new baseline");
  app.add_option("--out", options.out, "The page to update; none: only print")->take_last();
  app.add_option("--dir", options.directory, "Where the servers write, on the disk to be measured")
      ->required();
  app.add_option("--holdfast", settings.fleet.holdfast, "The program to be measured")->required();
  app.add_option("--bare", settings.fleet.bare, "The same, built with HOLDFAST_BENCH_BARE");
  app.add_option("--floor", settings.fleet.floor, "bench/floor, built")->required();
  app.add_option("--slow-sync", settings.fleet.slow_sync, "bench/slow_sync.cc, built")->required();
  app.add_option("--baseline", settings.baseline, "bench/instructions.baseline")->required();
  app.add_option("--changelog", settings.changelog, "CHANGELOG.md, which names the baseline")->required();
  app.add_option("--revision", options.revision, "Of the source, for the page");
}

// Servers run in a directory of their own, so the paths of programs must not depend on it.
void settle(Options& options) {
  Settings& settings = options.settings;
  FleetOptions& fleet = settings.fleet;
  for (std::string* path : {&fleet.holdfast, &fleet.bare, &fleet.floor, &fleet.slow_sync}) {
    if (!path->empty()) *path = std::filesystem::absolute(*path).string();
  }
  settings.is_pinned = !options.unpinned;
  if (options.check) settings.baseline_use = Settings::Baseline::kCheck;
  if (options.accept) settings.baseline_use = Settings::Baseline::kAccept;
  if (options.check || options.accept) options.only = {"instructions"};
  if (options.check || options.accept || settings.is_quick) options.out.clear();
  if (!settings.is_quick) return;
  settings.rounds = 1;
  settings.seconds = 0.15;
  settings.warmup_seconds = 0.05;
}

// Thousands of clients, on this side and on that of the servers.
void allow_many_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string how_to_repeat(const std::string& name, const Settings& settings) {
  std::string command = "./dev bench --only " + name;
  const Settings usual;
  if (settings.rounds != usual.rounds) command += " --rounds " + std::to_string(settings.rounds);
  if (settings.seconds != usual.seconds) command += " --seconds " + number(settings.seconds, 2);
  if (!settings.is_pinned) command += " --unpinned";
  return "`" + command + "`\n\n";
}

Status run_scenarios(Options& options) {
  auto directory = RunDirectory::make(options.directory);
  if (!directory.ok()) return directory.error();
  Settings& settings = options.settings;
  settings.fleet.directory = directory.value().path();
  // A copy: a build that goes on beside the benchmark must not change what is measured.
  const std::string copy = settings.fleet.directory + "/holdfast";
  std::error_code problem;
  std::filesystem::copy_file(settings.fleet.holdfast, copy, problem);
  if (problem) {
    return Error(ErrorCode::kIo, "cannot copy " + settings.fleet.holdfast + ": " + problem.message());
  }
  settings.fleet.holdfast = copy;
  const auto machine = describe_machine(directory.value().path(), options.revision);
  if (!machine.ok()) return machine.error();
  const std::string head =
      "# Measured\n\nWritten by `./dev bench`; [README.md](README.md) says what each part means. Medians "
      "of " +
      std::to_string(options.settings.rounds) + " interleaved rounds of " +
      number(options.settings.seconds, 2) +
      " s, in parentheses the least and the greatest; ratios are those of the same round.\n\n" +
      machine.value();
  if (options.out.empty()) std::printf("%s\n", head.c_str());
  std::string failed;
  for (const Scenario& scenario : scenarios()) {
    const auto& only = options.only;
    if (!only.empty() && std::find(only.begin(), only.end(), scenario.name) == only.end()) continue;
    const auto body = scenario.run(settings);
    if (interrupted()) return interrupted_error();
    if (!body.ok()) {
      // The others can still be measured; what was in the page for this one stays, and the run fails.
      std::fprintf(stderr, "bench: %s: %s\n", scenario.name.c_str(), body.error().message().c_str());
      failed += (failed.empty() ? "" : ", ") + scenario.name;
      continue;
    }
    const Section section{scenario.name, how_to_repeat(scenario.name, settings) + body.value()};
    std::printf("## %s\n\n%s\n", section.name.c_str(), section.body.c_str());
    std::fflush(stdout);
    // After each one: an interrupted run keeps what it has.
    if (options.out.empty()) continue;
    if (const Status written = update_results(options.out, head, {section}, scenario_names());
        !written.ok()) {
      return written;
    }
  }
  if (!failed.empty()) return Error(ErrorCode::kUnavailable, "failed: " + failed);
  return {};
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  using namespace holdfast::bench;
  // CLI11 throws out of parse() what CLI11_PARSE turns into an exit code; nothing else may leave main.
  try {
    CLI::App app("Measures Holdfast beside its peers (bench/README.md).", "bench");
    Options options;
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    settle(options);
    allow_many_files();
    catch_interrupts();
    const holdfast::Status done = run_scenarios(options);
    if (done.ok()) return 0;
    std::fprintf(stderr, "bench: %s\n", done.error().message().c_str());
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench: %s\n", problem.what());
  }
  return 1;
}
