// Where in the journal a moment lies: which generation, up to which offset.
//
// A cut lies between two commands and never inside MULTI/EXEC. Any thread, any process, read-only; see
// archive.h. Only what the answer depends on is read: for a time or an offset the segment in which it lies,
// for a command all segments that it may be in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/archive.h"
#include "journal/moment.h"
#include "journal/noted_command.h"

namespace holdfast::journal {

struct CutRequest {
  Moment to = {};
  // Just before this command, the last one up to `to` unless `occurrence` says otherwise. Empty: none. The
  // first word is the command's name in any case, the others must be among its arguments in this order.
  std::vector<std::string> before = {};
  int64_t occurrence = -1;  // 1: the first one that is kept, 2 ...; -1: the last one, -2 ...
  std::optional<uint64_t> generation = {};
  bool until_damage = false;  // take what lies before the first damage instead of failing
  // For `latest`: believe the last record of the last segment, since all of it will be read anyhow.
  bool unread_end = false;
  std::vector<uint64_t> distrusted =
      {};  // numbers of bases that turned out to be damaged: not to begin with these
  int64_t now_ms = 0;
  std::function<Status(uint64_t)> progress = {};  // see ScanOptions
};

struct Cut {
  OpenGeneration generation;
  size_t base = 0;          // which of its bases the restore begins with
  uint64_t offset = 0;      // everything up to here
  int64_t time_ms = 0;      // when the last of it was journaled
  std::string replid;       // under which the offset counts
  int db = 0;               // selected there
  size_t segments_end = 0;  // the segments from the base's first one up to before this one take part,
  uint64_t file_end = 0;    // the last of them with this many bytes
  uint64_t group_end = 0;   // replication offset where the group ends that the cut lies in or behind
  bool at_end = false;      // nothing that is journaled lies behind it
  std::optional<NotedCommand> next;  // what would have come next
  std::string found;                 // `before`: which one was chosen, for a person
  std::optional<Error> damage;       // until_damage: why the cut is here
  std::vector<std::string> remarks;  // what a person should know

  const OpenGeneration::Base& from() const { return generation.bases[base]; }
  uint64_t bytes() const;  // that a restore reads, about
};

// Whether a base is what was written: reads all of it.
Result<bool> is_whole(const OpenGeneration::Base& base);

// kInvalid: no such moment here; kCorrupt: damage before it.
Result<Cut> find_cut(const Archive& archive, const CutRequest& request);

}  // namespace holdfast::journal
