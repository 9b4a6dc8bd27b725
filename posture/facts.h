// What a Redis really is, as it says itself. Plain values; nothing here is judged (rule.h does that).
//
// A fact that could not be asked is nothing, never a default: "not known" is not "fine". Sizes are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::posture {

struct Replica {
  std::string name;  // its address, or what it announced
  bool online = false;
  int64_t offset = 0;
  int64_t lag_s = 0;  // since its last REPLCONF ACK
};

struct Database {
  int number = 0;
  int64_t keys = 0;
  int64_t with_ttl = 0;
};

struct Facts {
  // Server
  std::string product = "Redis";  // or Valkey
  std::string version;
  std::optional<int64_t> uptime_s;
  std::optional<bool> loading;

  // Security
  std::optional<bool> needs_password;  // the default user, or it is off
  std::optional<bool> protected_mode;
  std::optional<bool> loopback_only;                      // every address of `bind`
  std::optional<std::vector<std::string>> open_commands;  // of those that end the day, what `default` may run

  // Persistence
  std::optional<bool> aof;
  std::optional<std::string> appendfsync;
  std::optional<bool> aof_write_ok, aof_rewrite_ok;
  std::optional<int64_t> delayed_fsyncs;
  std::optional<bool> snapshots;      // `save` is not empty
  std::optional<bool> save_ok;        // the last one
  std::optional<int64_t> save_age_s;  // of the last good one; since the start where there was none
  std::optional<int64_t> changes_since_save;
  std::optional<bool> rewriting;  // a snapshot or a rewrite of the AOF is being made now

  // Memory
  std::optional<int64_t> used_memory, maxmemory, system_memory;
  std::optional<std::string> eviction_policy;
  std::optional<double> fragmentation;
  std::optional<int64_t> fragmentation_bytes;
  std::optional<int64_t> evicted_keys, expired_keys;

  // Replication
  std::optional<bool> is_primary;
  std::vector<Replica> replicas;  // without Holdfast's journals
  std::vector<Replica> journals;  // replicas that announced such a name
  std::optional<int64_t> repl_offset, backlog_size;
  std::optional<double> write_rate;  // bytes of the replication stream per second

  std::vector<Database> databases;
  // What could not be asked, and Redis's answer: "CONFIG GET: NOPERM ...".
  std::vector<std::string> not_known;

  int64_t keys() const;
  // 0 without a limit: then what the machine has.
  int64_t memory_limit() const;
  std::optional<double> memory_ratio() const;
};

// The policy may drop keys that have no TTL.
bool evicts_everything(std::string_view policy);

}  // namespace holdfast::posture
