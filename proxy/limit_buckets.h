// The token buckets of one environment, shared by all workers. A session looks its buckets up once, under a
// lock, and takes tokens without one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/limit.h"
#include "policy/token_bucket.h"

namespace holdfast::proxy {

class LimitBuckets {
 public:
  // The bucket of this limit that `who` draws from: a user, an address; empty for all clients together. It
  // outlives their connections, so that nobody fills it by connecting again. Any thread.
  std::shared_ptr<policy::TokenBucket> find(std::string_view limit, const config::Rate& rate, uint64_t burst,
                                            std::string_view who, uint64_t now_ns);

 private:
  void drop_full(uint64_t now_ns);

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<policy::TokenBucket>> buckets_;  // guarded by mutex_
  size_t look_again_at_ = 1'024;                                                   // guarded by mutex_
};

}  // namespace holdfast::proxy
