// The servers of one scenario: each started on a free port of 127.0.0.1 and waited for until it serves, all
// of them ended, last one first, when the fleet goes. One thread.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/servers/process.h"

namespace holdfast::bench {

// What a load is sent to, and whose CPU it costs.
struct Contender {
  std::string name;
  int port = 0;
  const Process* proxy = nullptr;  // none: straight to Redis
  const Process* redis = nullptr;
};

struct FleetOptions {
  std::string directory;  // for what the servers write
  std::string holdfast;   // the programs of this project
  std::string bare;       // Holdfast without verdicts and counters
  std::string floor;
  std::string slow_sync;          // the library
  std::optional<cpu_set_t> cpus;  // what the servers are bound to
  bool syncs_are_slow = false;    // preload slow_sync into every server
};

struct Redis {
  Process* process = nullptr;
  int port = 0;

  Contender direct(const std::string& name) const { return {name, port, nullptr, process}; }
};

struct HoldfastOptions {
  std::string durability = "none";  // none runs without a journal
  int workers = 1;
  std::string journal = {};  // a directory that has one already; empty: a new one
  bool is_bare = false;
  bool has_users = false;               // the clients are a user with twenty rules, who needs no password
  std::vector<std::string> under = {};  // a program that runs it, with its options: valgrind
};

class Fleet {
 public:
  // Its servers write into a directory of its own in options.directory, removed with it.
  explicit Fleet(FleetOptions options);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // With no persistence, plus `arguments`.
  Result<Redis> start_redis(const std::vector<std::string>& arguments = {});
  Result<Contender> start_haproxy(const Redis& redis, const std::vector<std::string>& under = {});
  Result<Contender> start_nutcracker(const Redis& redis, const std::vector<std::string>& under = {});
  Result<Contender> start_floor(const Redis& redis, const std::vector<std::string>& under = {});
  Result<Contender> start_holdfast(const std::string& name, const Redis& redis,
                                   const HoldfastOptions& options = {});

  // The process behind a contender, to end it before the fleet does.
  Process* find(const Process* process);

 private:
  Result<Process*> start(const std::string& name, std::vector<std::string> under,
                         const std::vector<std::string>& arguments);
  Result<std::string> write_file(const std::string& name, const std::string& text);
  Result<Contender> wait_for(const std::string& name, Process* proxy, int port, const Redis& redis);

  FleetOptions options_;
  std::list<Process> processes_;
  int started_ = 0;  // numbers names, so that logs and directories differ
};

}  // namespace holdfast::bench
