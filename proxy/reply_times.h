// Records how long requests took, whose replies come in one read of a link. Those that were read in the same
// turn for the same environment, as most of them are, share what has to be computed.
//
// A request is counted before its reply leaves: who has it and looks at the metrics finds it there. The sum
// of the durations and their parts follow when the read is done with.
//
// Made for one read; the worker's thread.
#pragma once

#include <cstdint>

#include "metrics/worker_stats.h"
#include "proxy/asked.h"
#include "proxy/sent_requests.h"

namespace holdfast::proxy {

// How the time splits between a request's read, its write to Redis (0: not known) and its reply.
inline void record_parts(metrics::EnvironmentStats& stats, const Asked& asked, uint64_t written_ns,
                         uint64_t replied_ns, uint32_t replies) {
  if (written_ns < asked.arrived_ns || written_ns > replied_ns) return;
  stats.in_holdfast.record(written_ns - asked.arrived_ns, replies);
  stats.in_redis.record(replied_ns - written_ns, replies);
}

class ReplyTimes {
 public:
  ReplyTimes(const SentRequests& sent, uint64_t now_ns) : sent_(sent), now_ns_(now_ns) {}
  ~ReplyTimes() { finish(); }
  ReplyTimes(const ReplyTimes&) = delete;
  ReplyTimes& operator=(const ReplyTimes&) = delete;

  void add(metrics::EnvironmentStats& stats, const Asked& asked, uint32_t replies) {
    if (&stats != stats_ || asked.arrived_ns != first_.arrived_ns) {
      finish();
      stats_ = &stats;
      first_ = asked;
      bucket_ = Histogram::bucket_of(now_ns_ - asked.arrived_ns);
    }
    stats.request_duration.count_in(bucket_, replies);
    replies_ += replies;
  }

 private:
  void finish() {
    if (replies_ == 0) return;
    stats_->request_duration.add_to_sum((now_ns_ - first_.arrived_ns) * replies_);
    record_parts(*stats_, first_, sent_.written_ns(first_.flush), now_ns_, replies_);
    replies_ = 0;
  }

  const SentRequests& sent_;
  const uint64_t now_ns_;
  metrics::EnvironmentStats* stats_ = nullptr;
  Asked first_;
  size_t bucket_ = 0;
  uint32_t replies_ = 0;
};

}  // namespace holdfast::proxy
