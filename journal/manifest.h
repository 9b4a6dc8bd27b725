// What one generation of the journal consists of: its base and its segments, in order.
//
// The text is the manifest of Redis 7's multi-part append-only file (aof.c, aofLoadManifestFromFile) with
// our own facts in '#' comments; docs/journal-format.md has the exact form. Pure values, except for
// read_manifest().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr std::string_view kManifestName = "appendonly.aof.manifest";

// File names follow from sequence numbers, which only grow, over all generations.
std::string base_name(uint64_t sequence);          // appendonly.aof.<n>.base.rdb
std::string segment_name(uint64_t sequence);       // appendonly.aof.<n>.incr.aof
std::string generation_name(uint64_t generation);  // appendonly.aof.generation-<n>.manifest
// The number in such a name, or nothing when the name is of another form.
std::optional<uint64_t> sequence_of(std::string_view file_name);
std::optional<uint64_t> generation_of(std::string_view file_name);

struct Manifest {
  struct Base {
    uint64_t sequence = 0;
    uint64_t size = 0;
    uint32_t crc = 0;  // CRC-32C of the whole file
    std::string replid;
    uint64_t offset = 0;  // everything up to this replication offset is in the base
    int64_t time_ms = 0;  // when it was complete
    // Selected in the stream at `offset`, which does not say so again. After a full resync it does: 0.
    int db = 0;

    friend bool operator==(const Base&, const Base&) = default;
  };
  // How far a generation that is no longer the current one reaches.
  struct Closed {
    uint64_t offset = 0;
    int64_t time_ms = 0;

    friend bool operator==(const Closed&, const Closed&) = default;
  };

  // A base and the segments behind it. A generation has one, and one more after every compaction; together
  // their segments are one unbroken stream. The next base holds what this one and all its segments give.
  struct Stretch {
    Base base;
    std::vector<uint64_t> segments;  // sequence numbers, growing

    friend bool operator==(const Stretch&, const Stretch&) = default;
  };

  uint64_t generation = 0;
  std::vector<Stretch> earlier;    // stretches before the last one, oldest first
  Base base;                       // of the last stretch: what a stock server starts from
  std::vector<uint64_t> segments;  // of the last stretch: sequence numbers, growing
  std::optional<Closed> closed;
  // Not a part of the journal's own history: what another Redis had, kept for safety. Only when closed.
  bool is_aside = false;

  // The same data from the base before the last one; nothing where there is none.
  std::optional<Manifest> from_earlier_base() const;
  // All of them, oldest first, the last one included.
  std::vector<Stretch> stretches() const;
  // The names of all files that it stands for.
  std::vector<std::string> file_names() const;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::string format_manifest(const Manifest& manifest);
// kInvalid: not Holdfast's, or of another version; kCorrupt: damaged. The message has no file name.
Result<Manifest> parse_manifest(std::string_view text);

// Nothing when there is no such file. Errors name it.
Result<std::optional<Manifest>> read_manifest(const std::string& path);

}  // namespace holdfast::journal
