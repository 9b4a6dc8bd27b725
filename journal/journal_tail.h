// The last operations of a journal, as the steps between which a Redis may have stopped.
//
// Any thread; read-only. Bounded in memory: the last 32 MiB of the stream at the most.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <vector>

#include "base/result.h"
#include "journal/data_reader.h"
#include "journal/generation_data.h"

namespace holdfast::journal {

struct JournalTail {
  static constexpr size_t kStepsMax = 100'000;
  static constexpr uint64_t kBytesMax = 32u << 20;

  // One command, or one transaction.
  struct Step {
    uint64_t end = 0;  // replication offset after it
    std::vector<DataKey> keys;
  };

  uint64_t from = 0;  // the offset before the first step
  std::deque<Step> steps;

  std::set<DataKey> keys() const;
};

// All of it is about single keys: it begins behind the last FLUSHALL, SWAPDB and the like.
Result<JournalTail> read_tail(const GenerationData& data);

}  // namespace holdfast::journal
