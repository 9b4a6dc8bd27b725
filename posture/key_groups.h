// Sampled keys by what their names begin with: "order:17" and "order:18:items" are both "order:*".
//
// Bounded: at most kGroupsMax patterns are told apart, the rest is one group. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "posture/key_sampler.h"

namespace holdfast::posture {

struct KeyGroup {
  std::string pattern;  // a glob of Redis, "order:*"; or the whole name of a single key
  int64_t keys = 0;
  int64_t with_ttl = 0;
  int64_t ttl_max_ms = 0;
  int64_t bytes = 0;
  int64_t bytes_max = 0;
  int64_t idle_known = 0, idle_s = 0;  // keys of which it is known, and their sum
  std::map<std::string, int64_t> types;

  double ttl_share() const {
    return keys == 0 ? 0 : static_cast<double>(with_ttl) / static_cast<double>(keys);
  }
  int64_t idle_mean_s() const { return idle_known == 0 ? -1 : idle_s / idle_known; }
  // "hash", or "hash, string" with the most frequent first.
  std::string types_text() const;
};

class KeyGroups {
 public:
  static constexpr size_t kGroupsMax = 500;
  static constexpr std::string_view kOthers = "(others)";

  void add(const SampledKey& key);
  int64_t keys() const { return keys_; }
  int64_t with_ttl() const { return with_ttl_; }
  double ttl_share() const {
    return keys_ == 0 ? 0 : static_cast<double>(with_ttl_) / static_cast<double>(keys_);
  }
  // The largest first.
  std::vector<const KeyGroup*> by_size() const;

 private:
  std::map<std::string, KeyGroup, std::less<>> groups_;
  int64_t keys_ = 0, with_ttl_ = 0;
};

// The pattern of a name. Words up to the first part that looks like an id: "prod:order:17" is "prod:order:*",
// "order:17:items" is "order:*", "user_42" is "user_*", "config" is "config".
std::string pattern_of(std::string_view name);

}  // namespace holdfast::posture
