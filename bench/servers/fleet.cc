#include "bench/servers/fleet.h"

#include <time.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/clock.h"
#include "bench/load/interrupt.h"
#include "bench/load/tcp.h"

namespace holdfast::bench {
namespace {

constexpr uint64_t kStartPatienceNs = 60'000'000'000;  // valgrind is slow

// Polls until the server does what it must before it can be measured.
Status wait_until(Process& process, const std::function<bool()>& is_ready) {
  const uint64_t deadline = monotonic_ns() + kStartPatienceNs;
  while (!is_ready()) {
    if (interrupted()) return interrupted_error();
    if (!process.is_running()) {
      return Error(ErrorCode::kUnavailable, process.name() + " ended at its start" + process.last_words());
    }
    if (monotonic_ns() > deadline) {
      return Error(ErrorCode::kTimeout, process.name() + " does not serve" + process.last_words());
    }
    const timespec pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
  return {};
}

// As a typical application's user; the load's keys match the last pattern, after all others.
constexpr std::string_view kTwentyRules =
    "nopass +@read +@write +@connection +@transaction -@dangerous -@admin +config|get +client|setname -keys "
    "+publish -getdel ~order:* ~cart:* ~session:* %R~product:* %R~price:* %W~audit:* &events:* &news ~key:*";

bool answers_ping(int port) {
  const auto fd = connect_to(port);
  if (!fd.ok()) return false;
  const auto line = ask(fd.value().get(), "*1\r\n$4\r\nPING\r\n");
  return line.ok() && line.value() == "+PONG";
}

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  options_.directory += "/fleet.XXXXXX";
  // That it failed shows at the first start, which cannot write its log.
  if (mkdtemp(options_.directory.data()) == nullptr) options_.directory += ": cannot be made";
}

Fleet::~Fleet() {
  processes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(options_.directory, ignored);
}

Result<Process*> Fleet::start(const std::string& name, std::vector<std::string> under,
                              const std::vector<std::string>& arguments) {
  ProcessOptions options{options_.directory, options_.cpus, {}};
  if (options_.syncs_are_slow) options.environment.push_back("LD_PRELOAD=" + options_.slow_sync);
  under.insert(under.end(), arguments.begin(), arguments.end());
  auto process = Process::start(name + "-" + std::to_string(++started_), under, options);
  if (!process.ok()) return process.error();
  processes_.push_front(std::move(process).value());  // the list ends its first one first
  return &processes_.front();
}

Result<std::string> Fleet::write_file(const std::string& name, const std::string& text) {
  const std::string path = options_.directory + "/" + std::to_string(started_) + "-" + name;
  std::ofstream file(path);
  file << text;
  if (!file.flush()) return Error::from_errno("cannot write " + path, errno);
  return path;
}

Result<Contender> Fleet::wait_for(const std::string& name, Process* proxy, int port, const Redis& redis) {
  if (const Status ready = wait_until(*proxy, [&] { return answers_ping(port); }); !ready.ok()) {
    return ready.error();
  }
  return Contender{name, port, proxy, redis.process};
}

Result<Redis> Fleet::start_redis(const std::vector<std::string>& arguments) {
  const auto port = free_port();
  if (!port.ok()) return port.error();
  const std::string data = "redis-data-" + std::to_string(started_ + 1);
  std::error_code ignored;
  std::filesystem::create_directories(options_.directory + "/" + data, ignored);
  std::vector<std::string> command = {"redis-server",
                                      "--port",
                                      std::to_string(port.value()),
                                      "--bind",
                                      "127.0.0.1",
                                      "--dir",
                                      data,
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "no",
                                      "--maxclients",
                                      "12000",
                                      "--repl-diskless-sync-delay",
                                      "0"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto process = start("redis", {}, command);
  if (!process.ok()) return process.error();
  const int redis_port = port.value();
  if (const Status ready = wait_until(*process.value(), [&] { return answers_ping(redis_port); });
      !ready.ok()) {
    return ready.error();
  }
  return Redis{process.value(), redis_port};
}

Result<Contender> Fleet::start_haproxy(const Redis& redis, const std::vector<std::string>& under) {
  const auto port = free_port();
  if (!port.ok()) return port.error();
  const auto file = write_file("haproxy.cfg",
                               "global\n  nbthread 1\n  maxconn 2000\n"
                               "defaults\n  mode tcp\n  timeout connect 10s\n"
                               "  timeout client 10m\n  timeout server 10m\n"
                               "frontend clients\n  bind 127.0.0.1:" +
                                   std::to_string(port.value()) +
                                   "\n  default_backend redis\n"
                                   "backend redis\n  server redis 127.0.0.1:" +
                                   std::to_string(redis.port) + "\n");
  if (!file.ok()) return file.error();
  const auto process = start("haproxy", under, {"haproxy", "-db", "-f", file.value()});
  if (!process.ok()) return process.error();
  return wait_for("haproxy", process.value(), port.value(), redis);
}

Result<Contender> Fleet::start_nutcracker(const Redis& redis, const std::vector<std::string>& under) {
  const auto port = free_port();
  if (!port.ok()) return port.error();
  const auto stats_port = free_port();
  if (!stats_port.ok()) return stats_port.error();
  const auto file =
      write_file("nutcracker.yml", "bench:\n  listen: 127.0.0.1:" + std::to_string(port.value()) +
                                       "\n  redis: true\n  hash: fnv1a_64\n"
                                       "  distribution: modula\n  auto_eject_hosts: false\n"
                                       "  server_connections: 1\n  servers:\n   - 127.0.0.1:" +
                                       std::to_string(redis.port) + ":1\n");
  if (!file.ok()) return file.error();
  const auto process =
      start("nutcracker", under,
            {"nutcracker", "-c", file.value(), "-a", "127.0.0.1", "-s", std::to_string(stats_port.value())});
  if (!process.ok()) return process.error();
  return wait_for("twemproxy", process.value(), port.value(), redis);
}

Result<Contender> Fleet::start_floor(const Redis& redis, const std::vector<std::string>& under) {
  const auto port = free_port();
  if (!port.ok()) return port.error();
  const auto process =
      start("floor", under, {options_.floor, std::to_string(port.value()), std::to_string(redis.port)});
  if (!process.ok()) return process.error();
  return wait_for("floor", process.value(), port.value(), redis);
}

Result<Contender> Fleet::start_holdfast(const std::string& name, const Redis& redis,
                                        const HoldfastOptions& options) {
  const auto port = free_port();
  if (!port.ok()) return port.error();
  const auto admin_port = free_port();
  if (!admin_port.ok()) return admin_port.error();
  const std::string number = std::to_string(started_ + 1);
  const bool has_journal = options.durability != "none";
  const auto file =
      write_file("holdfast.toml",
                 "[server]\nworkers = " + std::to_string(options.workers) +
                     "\nadmin = \"127.0.0.1:" + std::to_string(admin_port.value()) +
                     "\"\n[upstream.main]\nurl = \"redis://127.0.0.1:" + std::to_string(redis.port) +
                     "\"\n[upstream.main.journal]\nenabled = " + (has_journal ? "true" : "false") +
                     "\ndir = \"" + (options.journal.empty() ? "journal-" + number : options.journal) +
                     "\"\n[environment.default]\nmax_clients = 12000\ndurability = \"" + options.durability +
                     "\"\nlisten = [\"127.0.0.1:" + std::to_string(port.value()) + "\"]\n" +
                     (options.has_users ? "auth = \"users\"\n[environment.default.user.default]\nacl = \"" +
                                              std::string(kTwentyRules) + "\"\n"
                                        : ""));
  if (!file.ok()) return file.error();
  const auto process =
      start("holdfast", options.under,
            {options.is_bare ? options_.bare : options_.holdfast, "run", "--config", file.value()});
  if (!process.ok()) return process.error();
  const auto is_ready = [&] {
    const auto status = http_status(admin_port.value(), "/readyz");
    return status.ok() && status.value() == 200;
  };
  if (const Status ready = wait_until(*process.value(), is_ready); !ready.ok()) return ready.error();
  return wait_for(name, process.value(), port.value(), redis);
}

Process* Fleet::find(const Process* process) {
  for (Process& candidate : processes_) {
    if (&candidate == process) return &candidate;
  }
  return nullptr;
}

}  // namespace holdfast::bench
