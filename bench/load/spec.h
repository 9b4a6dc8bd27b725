// What a run of the load generator is to do, and what came out of it. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/load/latency_histogram.h"

namespace holdfast::bench {

// Clients that do the same. Several groups share one thread, as writers beside readers.
struct LoadGroup {
  std::string name = "clients";
  int connections = 50;
  int pipeline = 1;       // requests in flight per connection
  double read_share = 0;  // 0: SETs only; 1: GETs only; between: drawn for each request
  // Requests per second of the whole group, evenly spaced. A request that is due while every connection is
  // busy is sent later, but its latency counts from when it was due: a server that stalls cannot hide it by
  // keeping the generator from asking (coordinated omission). 0: closed loop, each connection sends its next
  // `pipeline` requests when all replies to the last ones are in; latency counts from their sending.
  double rate = 0;
};

struct LoadSpec {
  int port = 0;  // of 127.0.0.1
  std::vector<LoadGroup> groups = {LoadGroup{}};
  size_t value_bytes = 64;
  uint64_t keys = 100'000;  // key:000000000000 ...; GETs expect all of them to be there (fill_keys.h)

  double warmup_seconds = 0.2;  // not measured
  double seconds = 1;           // measured
  uint64_t requests = 0;        // if not 0: exactly so many, however long it takes, and no warm-up

  // Called when the measured part begins and when it ends, for reading the clocks of others.
  std::function<void()> at_begin = [] {};
  std::function<void()> at_end = [] {};
};

struct GroupResult {
  uint64_t requests = 0;
  LatencyHistogram latency;
};

// Of the measured part.
struct LoadResult {
  double seconds = 0;
  uint64_t requests = 0;
  std::vector<GroupResult> groups;  // in the order of the spec
};

}  // namespace holdfast::bench
