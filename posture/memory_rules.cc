// Whether there is room, and what happens when there is none.
#include <array>
#include <cstdio>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

std::string percent(double ratio) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f%%", ratio * 100);
  return text;
}

Check maxmemory(const Facts& facts, const Limits&) {
  if (!facts.maxmemory) return not_known("its maxmemory");
  if (*facts.maxmemory > 0) return met("maxmemory is " + size_text(*facts.maxmemory));
  return not_met("there is no maxmemory: when the machine has no memory left, the kernel kills Redis");
}

Check noeviction(const Facts& facts, const Limits&) {
  if (!facts.eviction_policy) return not_known("its maxmemory-policy");
  if (*facts.eviction_policy == "noeviction") return met("maxmemory-policy is noeviction");
  const bool everything = evicts_everything(*facts.eviction_policy);
  return not_met("maxmemory-policy is " + *facts.eviction_policy + ": " +
                 (everything ? "any key" : "any key with a TTL") +
                 " may be dropped when memory is short, orders like cache entries");
}

Check memory_headroom(const Facts& facts, const Limits& limits) {
  const auto ratio = facts.memory_ratio();
  if (!ratio) return not_known("how much memory it may use");
  const std::string what = percent(*ratio) + " of " + size_text(facts.memory_limit()) + " is used" +
                           (facts.maxmemory.value_or(0) > 0 ? "" : " (of the machine's memory)");
  return *ratio < limits.memory_ratio ? met(what) : not_met(what);
}

Check fragmentation(const Facts& facts, const Limits& limits) {
  if (!facts.fragmentation || !facts.fragmentation_bytes) return not_known("its fragmentation");
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.2f", *facts.fragmentation);
  const std::string what = "the process uses " + std::string(ratio) + " times the memory of its data";
  if (*facts.fragmentation <= limits.fragmentation || *facts.fragmentation_bytes < limits.fragmentation_bytes)
    return met(what);
  return not_met(what + ", " + size_text(*facts.fragmentation_bytes) + " more");
}

Check no_evicted_keys(const Facts& facts, const Limits&) {
  if (!facts.evicted_keys) return not_known("how many keys it has evicted");
  if (*facts.evicted_keys == 0) return met("no key was evicted since the start");
  return not_met(std::to_string(*facts.evicted_keys) + " keys were evicted since the start");
}

Check no_expired_keys(const Facts& facts, const Limits&) {
  if (!facts.expired_keys) return not_known("how many keys have expired");
  if (*facts.expired_keys == 0) return met("no key has expired since the start");
  return not_met(std::to_string(*facts.expired_keys) + " keys have expired since the start");
}

constexpr std::array kRules = {
    Rule{"maxmemory", Group::kMemory, Severity::kWarning, maxmemory,
         "set `maxmemory` to what the machine can spare, with room for the copy that a snapshot needs"},
    Rule{"noeviction", Group::kMemory, Severity::kCritical, noeviction,
         "set `maxmemory-policy noeviction` where data are kept, and a Redis of its own for the cache"},
    Rule{"memory-headroom", Group::kMemory, Severity::kCritical, memory_headroom,
         "give it more memory, delete what is not needed, or give cache keys a TTL"},
    Rule{"fragmentation", Group::kMemory, Severity::kWarning, fragmentation,
         "set `activedefrag yes` where the build has it, or restart it when a recovery is rehearsed"},
    Rule{"no-evicted-keys", Group::kMemory, Severity::kWarning, no_evicted_keys,
         "if any of them mattered: restore them from the journal (holdfast journal history KEY), then "
         "noeviction"},
    Rule{"no-expired-keys", Group::kMemory, Severity::kInfo, no_expired_keys,
         "make sure that only keys that may go have a TTL (keyspace rules: ttl = \"forbid\")"},
};

}  // namespace

std::span<const Rule> memory_rules() {
  return kRules;
}

}  // namespace holdfast::posture
