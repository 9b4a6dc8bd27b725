// After which of the journal's last operations was a Redis as wanted?
//
// One thread. It jumps: while one key is known to be another than wanted, nothing needs to be looked at until
// the next operation on it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/result.h"
#include "journal/data_reader.h"
#include "journal/journal_tail.h"
#include "journal/paced_redis.h"

namespace holdfast::journal {

class TailSearch {
 public:
  // `wanted`: of all keys of the tail. `redis` stands where the tail begins.
  TailSearch(const JournalTail& tail, const KeyStates& wanted, PacedRedis& redis);

  // Told the steps that are passed, now and then; an error of it ends the search.
  using Progress = std::function<Status(size_t)>;

  // The last such offset. Once.
  Result<std::optional<uint64_t>> find(const Progress& progress);
  // Of the offsets before the last kLookedAtAll steps: the fewest keys that were not as wanted. Once.
  static constexpr size_t kLookedAtAll = 500;
  Result<size_t> fewest_differing(const Progress& progress);

 private:
  // Looks at keys that are not known; unless all are asked for, until one is not as wanted.
  Status look(bool all);
  // kTimeout: it takes too long.
  Status go_on(const Progress& progress) const;
  std::optional<size_t> next_touch(const DataKey& key) const;
  Status move_to(size_t step);
  uint64_t offset() const;

  const JournalTail& tail_;
  const KeyStates& wanted_;
  PacedRedis& redis_;
  std::map<DataKey, std::vector<size_t>> touches_;  // the steps that are about a key
  const uint64_t deadline_ns_;
  size_t at_ = 0;  // steps that were applied
  std::set<DataKey> unknown_;
  std::set<DataKey> differing_;
};

}  // namespace holdfast::journal
