// Follows a journal while it is written: `holdfast journal tail`.
//
// Any process, one thread. It looks at the files again and again, so it works over any file system and beside
// any Holdfast, also one that is restarted; across segments and generations. What is seen has been written
// and is usually not yet synced: a failing disk may take it back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "journal/segment_reader.h"
#include "journal/stream_walk.h"

namespace holdfast::journal {

class Follower {
 public:
  // Begins with that segment of the generation, 0: its first; options.after and from_ms say what is shown.
  Follower(std::string dir, uint64_t generation, uint64_t first_sequence, WalkOptions options);

  // Shows what has come since the last call.
  Status step(const CommandVisitor& visit);

  uint64_t generation() const { return generation_; }

 private:
  Status read_segment(uint64_t sequence, const CommandVisitor& visit);
  Result<bool> step_once(const CommandVisitor& visit);

  std::string dir_;
  uint64_t generation_;
  WalkOptions options_;
  uint64_t sequence_ = 0;  // the segment that is being read; 0: none yet
  SegmentScan scan_;       // how far it is
  bool begun_ = false;
};

}  // namespace holdfast::journal
