// What a Redis says about itself when the journal meets it: its history, its process, whether it has data.
//
// Pure values; parsed from the text of INFO everything (server.c, genRedisInfoString), of which unknown lines
// are skipped and missing ones leave the defaults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/history.h"

namespace holdfast::journal {

// One life of one server process, and how often something happened in it that can change its data without
// being part of its history. What is equal at two moments has kept its data between them.
struct ServerLife {
  std::string run_id;         // 40 hex digits; empty: not told
  uint64_t role_changes = 0;  // REPLICAOF, SLAVEOF and FAILOVER that were run
  uint64_t reloads = 0;       // DEBUG
  uint64_t stat_resets = 0;   // CONFIG RESETSTAT, which sets the others back
  uint64_t commands = 0;      // processed; only grows

  // True when `later` is certainly the same process, with nothing of that kind in between.
  bool goes_on_as(const ServerLife& later) const;
};

struct UpstreamFacts {
  ReplicationInfo replication;
  ServerLife life;
  bool loading = false;
  uint64_t keys = 0;       // in all databases
  uint64_t libraries = 0;  // of functions
  // Commands that may have changed data since the process began, or since its counters were reset.
  uint64_t writes = 0;
  bool writes_known = false;  // it told

  // Its data are what it has loaded at its start.
  bool is_untouched() const {
    return writes_known && writes == 0 && life.role_changes == 0 && life.reloads == 0 &&
           life.stat_resets == 0;
  }

  bool is_empty() const { return keys == 0 && libraries == 0; }
};

Result<UpstreamFacts> parse_upstream_facts(std::string_view info_text);

}  // namespace holdfast::journal
