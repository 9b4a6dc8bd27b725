// What histories lost: for each break in which acknowledged operations were missing, which ones, and what
// became of them. `holdfast journal lost` lists it.
//
// The file holdfast.lost of the journal directory, one sealed line for each break. The operations themselves
// stay in the segments of their generation, for as long as retention keeps it. Written by the journal thread
// alone; read by any process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/durable_file.h"

namespace holdfast::journal {

inline constexpr std::string_view kLostName = "holdfast.lost";

struct LostWrites {
  uint64_t generation = 0;
  std::string replid;  // that holds at `end`
  uint64_t after = 0;  // the last offset that the upstream had, too; with `exact` only
  uint64_t end = 0;    // the last one that is journaled
  bool exact = false;  // false: how much was missing cannot be told
  uint64_t operations = 0;
  uint64_t keys = 0;
  int64_t found_ms = 0;
  // "open"; "given-back", "accepted", "re-applied" when it is settled.
  std::string outcome = "open";
  int64_t settled_ms = 0;

  bool is_open() const { return outcome == "open"; }
  bool is_about(const LostWrites& other) const {
    return generation == other.generation && replid == other.replid && after == other.after &&
           end == other.end;
  }
};

// Oldest first; nothing when there never was any. kCorrupt names the file.
Result<std::vector<LostWrites>> read_lost_writes(const std::string& dir);

// Adds it, unless the last one is the same and still open.
Status note_lost_writes(FileSystem& files, const std::string& dir, const LostWrites& lost);
// All that are open get this outcome.
Status settle_lost_writes(FileSystem& files, const std::string& dir, std::string_view outcome,
                          int64_t now_ms);

}  // namespace holdfast::journal
