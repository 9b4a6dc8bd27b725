// Replication histories: which server's offsets may be compared with the journal's.
//
// A Redis names its write history by a replication id; offsets mean something only under one id. After a
// promotion the new primary keeps the id it followed as master_replid2, valid up to second_repl_offset
// (INFO replication; replication.c, shiftReplicationId). Pure values and rules; no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::journal {

// A replica that is attached to a primary.
struct ReplicaInfo {
  std::string name;           // what it announced, or its address
  bool online = false;        // it has its snapshot and gets the stream
  uint64_t acknowledged = 0;  // 0: nothing yet
};

// The lines of INFO replication that matter.
struct ReplicationInfo {
  std::string role;                 // "master" or "slave"
  std::string replid;               // 40 hex digits
  std::string replid2;              // 40 zeros when there is none
  int64_t second_repl_offset = -1;  // the first offset that replid2 does NOT cover, or -1
  int64_t repl_offset = 0;          // master_repl_offset
  uint64_t backlog_size = 0;        // repl_backlog_size; 0: not told
  std::vector<ReplicaInfo> replicas = {};

  // Of a replica ("slave") only.
  std::string master_host;
  int64_t master_port = 0;
  bool master_link_up = false;
  bool syncing = false;            // a snapshot is on its way
  int64_t slave_repl_offset = -1;  // what it has applied
};

// Reads the text of INFO replication. Unknown lines are skipped; a missing replid is an error.
Result<ReplicationInfo> parse_replication_info(std::string_view info_text);

// Where the journal stands: everything of `replid` up to `offset` is on disk.
struct Position {
  std::string replid;
  uint64_t offset = 0;
};

// An id by which a history went before: it names what it had up to there.
struct HistoryName {
  std::string replid;
  uint64_t until = 0;
};

enum class Membership {
  kBelongs,     // the same history, and it reaches our durable offset
  kForeign,     // another history, or the same one cut short before our durable offset: a history break
  kNoHistory,   // the journal has no position yet: anything may be adopted
  kNotReadYet,  // the journal has not read its directory yet: ask again
};

// The rule, for a server that says `info` about itself and a journal that stands at `position`.
Membership membership_of(const ReplicationInfo& info, const std::optional<Position>& position);

// An id that nobody has.
std::string random_replid();

struct MembershipAnswer {
  Membership membership;
  uint64_t history;  // Watermark::history that the answer is about
};

}  // namespace holdfast::journal
