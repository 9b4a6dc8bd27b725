// The typed configuration: what holdfast.toml says, with the defaults filled in and every value checked.
//
// Plain values, made once by load() on the main thread and read-only afterwards, so any thread may read
// them. Every value that a later error may have to point at knows its file and line (Located). Durations
// are milliseconds, sizes are bytes.
//
// A key of the contract that this version does not serve yet is an error at its file:line that says so;
// it is never ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/log.h"

namespace holdfast::config {

// Where a value was written. file is empty and line 0 for a default.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;  // bytes, 1 = the first; 0: somewhere in the line

  std::string to_string() const;  // "holdfast.toml:12", or "the defaults"
};

template <typename T>
struct Located {
  T value;
  Location where;
};

enum class Scheduling { kBatch, kNormal };
// The files of one `tls = { ... }`. Empty: not given.
struct TlsFiles {
  std::string ca;    // of an environment: client_ca
  std::string cert;  // and its chain; PEM
  std::string key;
  std::string server_name;  // of an upstream: what its certificate must be for, if not the host in url
  Location where;           // of the section, or of what asks for TLS
};

struct Server {
  int workers = 1;  // event loops; load() has replaced 0 by the number of cores
  Located<Endpoint> admin;
  Scheduling scheduling = Scheduling::kBatch;  // of the workers' threads
  int64_t drain_timeout_ms = 10'000;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;
  Located<std::string> audit_log;            // its file; empty: there is none
  uint64_t audit_log_max_bytes = 64u << 20;  // then it is renamed to <file>.1 and begun anew
  int audit_log_keep = 5;                    // so many of the renamed ones
};

// How far back restore can go. Exactly one of the two is set.
struct Retention {
  std::optional<int64_t> age_ms;
  std::optional<uint64_t> size_bytes;
};

enum class OnFailure { kRejectWrites, kAllow };
enum class OnHistoryBreak { kRecoverEmpty, kRecover, kHold, kAccept };

struct Journal {
  bool enabled = true;
  Located<std::string> dir;
  std::string name = "holdfast-journal";  // announced to Redis with REPLCONF ip-address
  uint64_t segment_size_bytes = 256u << 20;
  Retention retention;
  OnFailure on_failure = OnFailure::kRejectWrites;
  OnHistoryBreak on_history_break = OnHistoryBreak::kRecoverEmpty;
  Located<Endpoint> serve;  // where a Redis that gets its data back reaches us; port 0: any that is free
  // What that Redis is told instead, when it reaches `serve` under another address; port 0: the same port.
  std::optional<Located<Endpoint>> announce;
  Location where;  // of the section
};

// Which rules of posture (posture/rules.h) do more than warn.
struct Posture {
  bool enabled = true;
  int64_t poll_interval_ms = 10'000;
  std::vector<Located<std::string>> ignore;   // not looked at
  std::vector<Located<std::string>> unready;  // not met: /readyz is red
  std::vector<Located<std::string>> require;  // not met: and writes are refused
};

struct Upstream {
  std::string name;  // the <name> of [upstream.<name>]
  Located<Endpoint> endpoint;
  std::string user;             // empty: the default user
  std::string password;         // empty: no AUTH is sent; never printed
  std::optional<TlsFiles> tls;  // set: it is reached over TLS (rediss://)
  int links = 1;                // shared links per worker
  int64_t connect_timeout_ms = 2'000;
  Journal journal;
  Posture posture;
  Location where;  // of the section
};

enum class Mode { kEnforce, kAudit };
enum class Durability { kNone, kAsync, kSync };
enum class UnknownCommands { kRefuse, kAllow };

// One [[environment.<name>.rule]]: entries of block that have a name and a mode of their own.
struct BlockRule {
  std::string name;
  std::vector<Located<std::string>> block;  // as Environment::block; never empty
  std::optional<Mode> mode;                 // not set: the environment's
  Location where;                           // of the section
};

struct Environment {
  std::string name;                              // the <name> of [environment.<name>]
  std::string upstream;                          // the name of an Upstream that exists
  std::vector<Located<Endpoint>> listen;         // may be empty when there is `transparent`
  std::optional<Located<Endpoint>> transparent;  // takes redirected connections
  uint32_t unix_permissions = 0600;              // of the files of unix sockets
  std::optional<TlsFiles> tls;  // set: clients must speak TLS, and with a ca show a certificate
  Mode mode = Mode::kEnforce;
  Located<Durability> durability{Durability::kSync, {}};
  int64_t ack_timeout_ms = 5'000;
  UnknownCommands unknown_commands = UnknownCommands::kRefuse;
  int max_clients = 10'000;
  uint64_t output_buffer_limit_bytes = uint64_t{1} << 30;  // of replies that a client has not read
  bool allow_unauthenticated = false;       // listeners that are neither loopback nor unix are meant
  std::vector<Located<std::string>> block;  // lower case: "keys", "config|set", "@dangerous", "@builtin"
  std::vector<Located<std::string>> allow;
  std::vector<BlockRule> rules;  // in the order of the file
  Location where;                // of the section
};

struct Config {
  std::string file;  // empty: the defaults
  Server server;
  std::vector<Upstream> upstreams;        // in the order of the file; never empty
  std::vector<Environment> environments;  // in the order of the file; never empty

  const Upstream* find_upstream(std::string_view name) const;
};

}  // namespace holdfast::config
