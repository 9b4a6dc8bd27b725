#include "proxy/limit_buckets.h"

#include <algorithm>

namespace holdfast::proxy {

std::shared_ptr<policy::TokenBucket> LimitBuckets::find(std::string_view limit, const config::Rate& rate,
                                                        uint64_t burst, std::string_view who,
                                                        uint64_t now_ns) {
  // With its numbers: a limit that a reload has changed begins anew.
  const std::string name = std::string(limit) + '\0' + std::to_string(rate.count) + '/' +
                           std::to_string(rate.period_ms) + '+' + std::to_string(burst) + '\0' +
                           std::string(who);
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= look_again_at_) drop_full(now_ns);
  std::shared_ptr<policy::TokenBucket>& bucket = buckets_[name];
  if (bucket == nullptr) bucket = std::make_shared<policy::TokenBucket>(rate, burst);
  return bucket;
}

// What nobody uses and what is full again is as good as new.
void LimitBuckets::drop_full(uint64_t now_ns) {
  std::erase_if(buckets_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->is_full(now_ns);
  });
  look_again_at_ = std::max<size_t>(1'024, buckets_.size() * 2);
}

}  // namespace holdfast::proxy
