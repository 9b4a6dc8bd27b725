// How many clients an environment has, what they share, and who was refused: one for all workers.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "proxy/acl_log.h"
#include "proxy/limit_buckets.h"
#include "proxy/login_limiter.h"

namespace holdfast::proxy {

// Counts by name, up to a maximum each. Any thread; asked when a client comes or goes.
class NamedCounts {
 public:
  // False: there are so many already, and this one is not counted.
  bool enter(const std::string& name, int max) {
    const std::lock_guard lock(mutex_);
    int& count = counts_[name];
    if (count >= max) return false;
    ++count;
    return true;
  }
  void leave(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(name);
    if (at != counts_.end() && --at->second == 0) counts_.erase(at);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, int> counts_;  // guarded by mutex_
};

struct ClientLimit {
  std::atomic<int> connected{0};
  std::atomic<int> blocking{0};  // in a blocking command now; counted only with max_blocking
  NamedCounts by_address;        // counted only with max_clients_per_address
  NamedCounts by_user;           // counted only with max_clients_per_user
  LimitBuckets buckets;
  AclLog acl_log;
  LoginLimiter logins;
};

}  // namespace holdfast::proxy
