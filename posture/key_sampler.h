// Looks at some keys of a Redis: SCAN, and for each key its TTL, type, size and idle time. Read-only, within
// a budget, and in small batches, so that the server is never busy with it for more than a moment.
//
// Every command used leaves the keys' LRU and LFU as they are. Blocking; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "posture/facts.h"
#include "posture/redis_asker.h"

namespace holdfast::posture {

struct SampledKey {
  std::string name;
  std::string type;
  int64_t ttl_ms = -1;  // -1: none
  int64_t bytes = 0;    // as MEMORY USAGE estimates; 0: not known
  int64_t idle_s = -1;  // -1: not known (an LFU policy does not count it)
};

struct SampleBudget {
  int64_t keys = 10'000;
  int64_t scans = 2'000;  // SCAN calls: an almost empty table answers many of them with nothing
  int64_t time_ms = 10'000;
};

struct SampleProgress {
  int64_t keys = 0;
  int64_t of = 0;
};

// Calls `seen` with each key; of every database its share of the budget. False: the budget ended it before
// all keys had been looked at.
Result<bool> sample_keys(RedisAsker& redis, const std::vector<Database>& databases,
                         const SampleBudget& budget, const std::function<void(SampledKey)>& seen,
                         const std::function<void(SampleProgress)>& progress);

}  // namespace holdfast::posture
