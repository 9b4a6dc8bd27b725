// The real holdfast program for one test: a configuration, free ports, a journal directory of its own, gone
// when the test ends.
//
//   HoldfastProcess holdfast(program, {.upstream_url = redis_url(redis)});
//   RedisClient client(holdfast.port());
//   holdfast.kill();              // SIGKILL
//   holdfast.start();             // the same configuration and journal, but a new port
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/support/temp_dir.h"

namespace holdfast::testing {

// What goes into holdfast.toml. The last four are lines of TOML added to their sections. (Every member has an
// initializer, so that a test names only those that it means.)
struct HoldfastConfig {
  std::string upstream_url = "";
  std::string journal_dir = "";        // empty: one of the process's own
  std::string listen = "127.0.0.1:0";  // empty: nowhere
  std::string admin = "127.0.0.1:0";
  std::string server = "";
  std::string upstream = "";
  std::string journal = "";
  std::string environment = "";
  std::string via =
      "";              // not empty: the journal of another process, by its name; then there is no journal_dir
  bool serves = true;  // false: no [environment], a journal process
};

class HoldfastProcess {
 public:
  enum class Until {
    kSpawned,  // at once
    kStarted,  // the admin endpoint answers, ready or not
    kReady,    // /readyz says 200
  };

  // Starts it and waits; that this state does not come is a test failure with the log.
  HoldfastProcess(std::string program, HoldfastConfig config, Until until = Until::kReady);
  ~HoldfastProcess();
  HoldfastProcess(const HoldfastProcess&) = delete;
  HoldfastProcess& operator=(const HoldfastProcess&) = delete;

  // Starts it again after its end.
  void start(Until until = Until::kReady);
  // SIGTERM; answers the exit code.
  int stop();
  // SIGKILL, then waits for the end.
  void kill();
  void signal(int number);
  // Waits for its end and answers the exit code; 128 + N when signal N ended it, -1 after a deadline.
  int wait_exit();

  bool wait_ready();
  // Until /readyz is 503 and says this.
  bool wait_problem(const std::string& text);
  bool wait_log(const std::string& text);

  // Where environment `default` listens; waits until it does.
  int port();
  int admin_port() const { return admin_port_; }
  pid_t pid() const { return pid_; }
  const std::string& journal_dir() const { return config_.journal_dir; }
  const std::string& program() const { return program_; }
  // For the next start(), or write_config().
  HoldfastConfig& config() { return config_; }
  std::string config_file() const { return dir_.file("holdfast.toml"); }
  void write_config() const { write_file(config_file(), config_text()); }
  std::string config_text() const;

  // stderr since the last start().
  std::string log() const;
  int ready_status() const;
  std::string ready_page() const;
  std::string metrics_page() const;
  // The value of one series, named as in the text format; 0 when it is not there (a counter that nothing
  // has counted yet).
  double metric(const std::string& series) const;
  // The most memory that it has had resident (VmHWM).
  uint64_t peak_memory_kib() const;

 private:
  std::string program_;
  HoldfastConfig config_;
  TempDir dir_;
  pid_t pid_ = -1;
  int admin_port_ = 0;
  int port_ = 0;
};

// Answers -1 when the number that follows `before` is not in `text`.
int64_t number_after(const std::string& text, const std::string& before);

}  // namespace holdfast::testing
