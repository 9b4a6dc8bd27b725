// Reading the journal: restore --out and journal verify in MB/s, how fast a stock redis-server loads what was
// restored, beside its own append-only file of the same commands, and how fast an empty one is given its data
// back by a Holdfast in front of it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "bench/load/fill_keys.h"
#include "bench/load/tcp.h"
#include "bench/report/bars.h"
#include "bench/scenarios/scenario.h"

extern char** environ;

namespace holdfast::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kMegabyte = 1e6;

struct Figures {
  std::vector<double> restore_mb_s;
  std::vector<double> verify_mb_s;
  std::vector<double> copy_mb_s;  // cp and sync of the same bytes: what the disk allows
  std::vector<double> load_ours_s;
  std::vector<double> load_plain_s;
  std::vector<double> recover_s;
  double megabytes = 0;
};

// Runs a program to its end; seconds.
Result<double> time_of(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  const uint64_t before = monotonic_ns();
  pid_t pid = 0;
  const int problem = posix_spawnp(&pid, arguments[0], &quiet, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (problem != 0) return Error::from_errno("cannot run " + command[0], problem);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error(ErrorCode::kRefused, command[0] + " " + command[1] + " did not end well");
  return static_cast<double>(monotonic_ns() - before) / 1e9;
}

// What redis-server itself says about how long it took to load its append-only files.
Result<double> load_seconds(Fleet& fleet, const std::string& dir, const std::string& log) {
  std::error_code ignored;
  fs::remove(log, ignored);
  auto redis = fleet.start_redis({"--dir", dir, "--appendonly", "yes", "--logfile", log});
  if (!redis.ok()) return redis.error();
  redis.value().process->stop();
  std::ifstream file(log);
  const std::string words = "DB loaded from append only file: ";
  for (std::string line; std::getline(file, line);) {
    const size_t at = line.find(words);
    if (at != std::string::npos) return std::strtod(line.c_str() + at + words.size(), nullptr);
  }
  return Error(ErrorCode::kProtocol, log + " does not say how long loading took");
}

// From the start of a Holdfast that finds an empty Redis until both serve again.
Result<double> recovery_seconds(Fleet& fleet, const std::string& journal) {
  const auto redis = fleet.start_redis();
  if (!redis.ok()) return redis.error();
  HoldfastOptions options;
  options.durability = "sync";
  options.journal = journal;
  const uint64_t before = monotonic_ns();
  const auto holdfast = fleet.start_holdfast("holdfast", redis.value(), options);
  if (!holdfast.ok()) return holdfast.error();
  const double took = static_cast<double>(monotonic_ns() - before) / 1e9;
  fleet.find(holdfast.value().proxy)->stop();
  redis.value().process->stop();
  return took;
}

// Redis writes its own append-only file while Holdfast journals the same commands. Their directories.
struct Written {
  std::string plain;
  std::string journal;
};

Result<Written> write_both(Fleet& fleet, const Settings& settings, uint64_t keys) {
  const fs::path top = fs::absolute(settings.fleet.directory);
  Written written{(top / "plain").string(), ""};
  std::error_code ignored;
  fs::create_directories(written.plain, ignored);
  auto redis = fleet.start_redis({"--dir", written.plain, "--appendonly", "yes", "--appendfsync", "no",
                                  "--auto-aof-rewrite-percentage", "0"});
  if (!redis.ok()) return redis.error();
  HoldfastOptions options;
  options.durability = "async";
  auto holdfast = fleet.start_holdfast("holdfast", redis.value(), options);
  if (!holdfast.ok()) return holdfast.error();
  LoadSpec spec;
  spec.port = holdfast.value().port;
  spec.keys = keys;
  if (Status filled = fill_keys(spec); !filled.ok()) return filled.error();
  // Until the journal has acknowledged all of it.
  auto link = connect_to(redis.value().port);
  if (!link.ok()) return link.error();
  auto replicas = ask(link.value().get(), "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$5\r\n25000\r\n");
  if (!replicas.ok()) return replicas.error();
  if (replicas.value() != ":1") return Error(ErrorCode::kTimeout, "the journal did not acknowledge the load");
  fleet.find(holdfast.value().proxy)->stop();
  redis.value().process->stop();
  for (const auto& entry : fs::recursive_directory_iterator(top, ignored)) {
    if (entry.path().filename().string().starts_with("journal-")) written.journal = entry.path().string();
  }
  return written;
}

double megabytes_in(const std::string& dir) {
  double sum = 0;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(dir, ignored))
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  return sum / kMegabyte;
}

// `plain_first`: each of the two is first in every other round, so that what the other leaves behind hits
// both.
Status measure_loads(Fleet& fleet, const std::string& top, const std::string& plain_dir,
                     const std::string& our_dir, bool plain_first, Figures& figures) {
  for (const bool plain : {plain_first, !plain_first}) {
    auto seconds = plain ? load_seconds(fleet, plain_dir, top + "/load-plain.log")
                         : load_seconds(fleet, our_dir, top + "/load-ours.log");
    if (!seconds.ok()) return seconds.error();
    (plain ? figures.load_plain_s : figures.load_ours_s).push_back(seconds.value());
  }
  return {};
}

Status measure_round(Fleet& fleet, const Settings& settings, const Written& written, bool plain_first,
                     Figures& figures) {
  const std::string top = fs::absolute(settings.fleet.directory).string();
  const std::string out = top + "/restored";
  const std::string copy = top + "/copied";
  std::error_code ignored;
  fs::remove_all(out, ignored);
  fs::remove_all(copy, ignored);
  const std::string& holdfast = settings.fleet.holdfast;
  auto verify = time_of({holdfast, "journal", "verify", "--journal", written.journal});
  if (!verify.ok()) return verify.error();
  auto copied = time_of({"sh", "-c", "cp -r \"$0\" \"$1\" && sync -d \"$1\"/*", written.journal, copy});
  if (!copied.ok()) return copied.error();
  auto restore = time_of({holdfast, "restore", "--journal", written.journal, "--out", out});
  if (!restore.ok()) return restore.error();
  figures.megabytes = megabytes_in(out);
  figures.verify_mb_s.push_back(figures.megabytes / verify.value());
  figures.copy_mb_s.push_back(figures.megabytes / copied.value());
  figures.restore_mb_s.push_back(figures.megabytes / restore.value());
  if (Status loaded = measure_loads(fleet, top, written.plain, out, plain_first, figures); !loaded.ok())
    return loaded;
  auto recovery = recovery_seconds(fleet, copy);
  if (!recovery.ok()) return recovery.error();
  figures.recover_s.push_back(recovery.value());
  return {};
}

std::string report(const Figures& figures, uint64_t keys) {
  Table table({"", "MB/s", "seconds"});
  const auto add = [&](const std::string& name, const std::vector<double>& speeds) {
    table.add(
        {name, with_range(spread_of(speeds), 0), number(figures.megabytes / spread_of(speeds).median, 2)});
  };
  add("holdfast journal verify", figures.verify_mb_s);
  add("holdfast restore --out", figures.restore_mb_s);
  add("cp and sync of the same files", figures.copy_mb_s);
  Table loads({"until redis-server has its data", "seconds"});
  loads.add({"it loads its own append-only file", with_range(spread_of(figures.load_plain_s), 2)});
  loads.add({"it loads the restored directory", with_range(spread_of(figures.load_ours_s), 2)});
  loads.add({"it is empty, and Holdfast recovers it", with_range(spread_of(figures.recover_s), 2)});
  Bars bars;
  bars.add("journal verify, MB/s", spread_of(figures.verify_mb_s), Bars::Kind::kAtLeast, 400, 0);
  bars.add("restore --out, MB/s", spread_of(figures.restore_mb_s), Bars::Kind::kAtLeast, 400, 0);
  bars.add("loading the restored directory / its own",
           spread_of(ratios(figures.load_ours_s, figures.load_plain_s)), Bars::Kind::kAtMost, 1.05);
  bars.add("recovery by REPLICAOF / loading its own",
           spread_of(ratios(figures.recover_s, figures.load_plain_s)), Bars::Kind::kAtMost, 1.2);
  return "A journal of " + thousands(static_cast<double>(keys)) + " SETs of 64 bytes, " +
         number(figures.megabytes, 0) + " MB, in the page cache; what is restored is synced.\n\n" +
         table.to_string() + "\n" + loads.to_string() + "\n" + bars.to_string();
}

}  // namespace

Result<std::string> run_journal_files(const Settings& given) {
  const Settings settings = given.unpinned();
  const uint64_t keys = settings.is_quick ? 20'000 : 2'000'000;
  Fleet fleet(settings.fleet_options());
  const auto written = write_both(fleet, settings, keys);
  if (!written.ok()) return written.error();
  Figures figures;
  for (int round = 1; round <= settings.rounds; ++round) {
    std::fprintf(stderr, "bench: journal files, round %d of %d\n", round, settings.rounds);
    if (Status done = measure_round(fleet, settings, written.value(), round % 2 == 1, figures); !done.ok())
      return done.error();
  }
  return report(figures, keys);
}

}  // namespace holdfast::bench
