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
#include "config/keyspace.h"
#include "config/limit.h"
#include "config/located.h"

namespace holdfast::config {

enum class Scheduling { kBatch, kNormal };
// The files of one `tls = { ... }`. Empty: not given.
struct TlsFiles {
  std::string ca;    // of an environment: client_ca
  std::string cert;  // and its chain; PEM
  std::string key;
  std::string server_name;     // of an upstream: what its certificate must be for, if not the host in url
  Location where;              // of the section, or of what asks for TLS
  bool may_be_nobody = false;  // of admin: who shows no certificate is let in, as nobody
};

struct Server {
  int workers = 1;  // event loops; load() has replaced 0 by the number of cores
  Located<Endpoint> admin;
  std::vector<std::string> admin_tokens;       // the lines of admin_token_file; never printed
  std::optional<TlsFiles> admin_tls;           // set: the admin endpoint speaks HTTPS
  Scheduling scheduling = Scheduling::kBatch;  // of the workers' threads
  bool io_uring = true;                        // the replies of a turn leave together, where that is allowed
  int64_t drain_timeout_ms = 10'000;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;
  Located<std::string> audit_log;            // its file; empty: there is none
  uint64_t audit_log_max_bytes = 64u << 20;  // then it is renamed to <file>.1 and begun anew
  int audit_log_keep = 5;                    // so many of the renamed ones
  int64_t slow_log_threshold_ms = 10;        // requests that took longer are kept; 0: none is
};

// How far back restore can go. Exactly one of the two is set.
struct Retention {
  std::optional<int64_t> age_ms;
  std::optional<uint64_t> size_bytes;
};

enum class OnFailure { kRejectWrites, kAllow };
enum class Compact { kAuto, kOff };
enum class OnHistoryBreak { kRecoverEmpty, kRecover, kHold, kAccept };

struct Journal {
  bool enabled = true;
  Located<std::string> dir;
  std::string name = "holdfast-journal";  // announced to Redis with REPLCONF ip-address; with via, that name
  std::string via;                        // not empty: the journal runs in another process, under this name
  bool serves_others = false;             // no environment here uses it: it is a journal process
  uint64_t segment_size_bytes = 256u << 20;
  bool redo_log = true;
  Retention retention;
  OnFailure on_failure = OnFailure::kRejectWrites;
  OnHistoryBreak on_history_break = OnHistoryBreak::kRecoverEmpty;
  Compact compact = Compact::kAuto;       // with a redis-server of our own, when the journal has grown
  uint64_t compact_min_bytes = 1u << 30;  // of the segments behind the newest base
  int compact_factor = 4;                 // ... and that many times the base
  std::string redis_server;               // a program; empty: redis-server from PATH
  std::optional<int> resync_at_minute;    // of the day, UTC: a full resync where compaction is impossible
  int64_t rehearse_every_ms = 0;          // 0: never
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
  std::vector<Located<std::string>> require;  // not met: writes are refused as well
  Location where;                             // of the section
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

enum class Reads { kLocal, kDurable };
enum class UnknownCommands { kRefuse, kAllow };
enum class Auth { kNone, kUsers, kPassthrough };
// What scripts and functions may do.
enum class ScriptMode {
  kChecked,    // what their user may: they run as a user of Redis's own that has the same rights
  kUnchecked,  // what the user of upstream.url may
  kAllowlist,  // kChecked, and only those of `files` run
};

// A script or a function library of `files`.
struct ScriptFile {
  std::string path;
  std::string code;
  // Redis 7: the first line of a library names its engine and itself.
  bool is_library() const { return code.starts_with("#!"); }

  friend bool operator==(const ScriptFile&, const ScriptFile&) = default;
};

// A user of an environment: [environment.<name>.user.<name>].
struct User {
  std::string name;
  Located<std::string> acl;                           // rules of Redis's ACL; compiled by policy::Users
  std::vector<Located<std::string>> password_sha256;  // 64 lower-case hexadecimal digits each
  std::vector<std::string> passwords;                 // the lines of password_file; never printed
  Located<std::string> tls_name;                      // who its certificate is for; empty: it has none
  Location where;                                     // of the section
};

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
  Located<Auth> auth{Auth::kNone, {}};
  ScriptMode scripts = ScriptMode::kChecked;
  std::vector<Located<std::string>> script_patterns;  // of files, as written
  std::vector<ScriptFile> script_files;               // what they name, read
  std::vector<User> users;                            // in the order of the file; of kUsers only
  Located<Durability> durability{Durability::kSync, {}};
  Located<Reads> reads{Reads::kLocal, {}};
  int64_t ack_timeout_ms = 5'000;
  UnknownCommands unknown_commands = UnknownCommands::kRefuse;
  int max_clients = 10'000;
  uint64_t output_buffer_limit_bytes = uint64_t{1} << 30;  // of replies that a client has not read
  bool allow_unauthenticated = false;       // listeners that are neither loopback nor unix are meant
  std::vector<Located<std::string>> block;  // lower case: "keys", "config|set", "@dangerous", "@builtin"
  std::vector<Located<std::string>> allow;
  std::optional<int> max_blocking;  // clients in a blocking command at once
  std::optional<int> max_clients_per_address;
  Located<int> max_clients_per_user{0, {}};  // 0: no bound
  UnboundedReads unbounded_reads = UnboundedReads::kAllow;
  Rate unbounded_rate{10, 1'000};  // of one user, with UnboundedReads::kLimit
  std::vector<Limit> limits;
  Located<std::string> key_prefix;  // empty: none
  std::vector<Keyspace> keyspaces;  // in the order of the file: the first that matches a key holds
  std::vector<BlockRule> rules;     // in the order of the file
  Location where;                   // of the section
};

struct Config {
  std::string file;  // empty: the defaults
  Server server;
  std::vector<Upstream> upstreams;        // in the order of the file; never empty
  std::vector<Environment> environments;  // in the order of the file; none in a journal process

  const Upstream* find_upstream(std::string_view name) const;
};

}  // namespace holdfast::config
