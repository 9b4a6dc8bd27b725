// Knows whether the upstream may evict keys, for the critical keyspaces of the environments that use it.
//
// Redis is asked (INFO memory: maxmemory_policy) when a shared link is up and once a second from then on, so
// a policy that somebody sets is noticed within a second. What matters is the policy alone: maxmemory may
// follow at any time. Owned by the Upstream, one per worker; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "metrics/notice.h"

namespace holdfast::proxy {

class EvictionWatch {
 public:
  enum class Policy : uint8_t {
    kUnknown,   // not yet asked
    kUntold,    // Redis does not say
    kKeeps,     // noeviction
    kVolatile,  // keys with a time to live may go
    kAll,       // any key may
  };

  EvictionWatch(const config::Config& config, const config::Upstream& upstream, metrics::Notice& notice);

  // After a reload.
  void adopt(const config::Config& config);

  // False: no environment of this upstream has a critical keyspace, and Redis is not asked.
  bool is_needed() const { return !spaces_.empty(); }

  // Every few milliseconds: is it time to ask again? Then the answer is expected.
  bool is_due(uint64_t now_ns);
  // Another link is up, perhaps to another Redis: what was known does not count any more.
  void forget() { policy_ = Policy::kUnknown; }
  // The reply to INFO memory. True when something has changed. `log`: say so in the log as well.
  bool take_reply(std::string_view reply, bool log);

  Policy policy() const { return policy_; }
  // May Redis drop a key of this keyspace? Not to be asked while kUnknown.
  bool endangers(const config::Keyspace& keyspace) const;
  // "maxmemory-policy allkeys-lru", for a sentence.
  const std::string& what_redis_says() const { return said_; }

 private:
  struct Space {
    std::string environment;
    config::Keyspace config;
  };

  void report(bool log);

  const std::string upstream_;  // its name
  const std::string title_;     // for sentences
  std::vector<Space> spaces_;   // the critical ones
  metrics::Notice& notice_;
  Policy policy_ = Policy::kUnknown;
  std::string said_;
  std::string reported_;
  uint64_t asked_ns_ = 0;
};

}  // namespace holdfast::proxy
