#include "posture/answer.h"

#include <algorithm>
#include <cstdio>

namespace holdfast::posture {
namespace {

constexpr double kCacheShare = 0.95;        // of keys with a TTL
constexpr double kEvictedCacheShare = 0.5;  // where the policy says "cache" too
constexpr size_t kNextMax = 3;

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f%%", share * 100);
  return text;
}

bool may_evict_everything(const Facts& facts) {
  return facts.maxmemory.value_or(0) > 0 && evicts_everything(facts.eviction_policy.value_or(""));
}

// What is known of the keys.
struct Share {
  int64_t keys = 0;
  int64_t with_ttl = 0;
  std::string_view which;  // "of the sampled keys"

  double with() const { return keys == 0 ? 0 : static_cast<double>(with_ttl) / static_cast<double>(keys); }
};

bool is_cache(const Facts& facts, const Share& share) {
  if (share.keys == 0) return facts.keys() == 0;
  return share.with() >= kCacheShare || (may_evict_everything(facts) && share.with() >= kEvictedCacheShare);
}

bool has_journal(const Facts& facts) {
  return std::ranges::any_of(facts.journals, &Replica::online);
}

bool has_good_aof(const Facts& facts) {
  return facts.aof.value_or(false) && facts.appendfsync.value_or("no") != "no" &&
         facts.aof_write_ok.value_or(false) && facts.aof_rewrite_ok.value_or(false);
}

std::string what_is_in_it(const Share& share) {
  return percent(1 - share.with()) + " " + std::string(share.which) +
         " have no TTL, so somebody means to keep them";
}

void database(const Facts& facts, const Share& share, Answer& answer) {
  const std::string why = what_is_in_it(share);
  answer.use = Use::kDatabaseNotReady;
  if (!facts.is_primary.value_or(true)) {
    answer.reason = why + "; this is a replica, ask its primary";
  } else if (may_evict_everything(facts)) {
    answer.reason = why + ", but " + *facts.eviction_policy + " drops them when memory is short";
  } else if (has_journal(facts)) {
    answer.use = Use::kDatabaseReady;
    answer.reason = why + "; a Holdfast journal has every write and gives them back";
  } else if (has_good_aof(facts)) {
    answer.use = Use::kDatabaseReady;
    answer.reason =
        why + "; its append-only file brings them back if its disk survives, but for what appendfsync " +
        *facts.appendfsync + " has not written yet";
  } else if (facts.snapshots.value_or(false)) {
    answer.reason = why + ", but only snapshots are written: everything since the last one would be lost";
  } else {
    answer.reason = why + ", but nothing is written to a disk that would bring them back";
  }
}

std::vector<std::string> next_steps(const Facts& facts, std::span<const Finding> findings, Use use) {
  std::vector<std::string> next;
  if (use == Use::kDatabaseNotReady && facts.journals.empty())
    next.emplace_back(
        "put Holdfast in front of it with durability = \"sync\" (`--write-config holdfast.toml` proposes a "
        "configuration)");
  for (const Severity severity : {Severity::kCritical, Severity::kWarning}) {
    for (const Finding& finding : findings) {
      if (next.size() >= kNextMax) return next;
      if (!finding.is_problem() || finding.rule->severity != severity) continue;
      // A cache need not be persistent, and may evict.
      const bool of_data = finding.rule->group == Group::kPersistence || finding.rule->name == "noeviction" ||
                           finding.rule->name == "no-evicted-keys";
      if (use == Use::kCache && of_data) continue;
      next.push_back(std::string(finding.rule->name) + ": " + std::string(finding.rule->what_to_do));
    }
  }
  return next;
}

Answer answer_by(const Facts& facts, std::span<const Finding> findings, const Share& share) {
  Answer result;
  if (is_cache(facts, share)) {
    result.use = Use::kCache;
    result.reason = share.keys == 0 ? "it is empty, so nothing can be lost"
                                    : percent(share.with()) + " " + std::string(share.which) + " have a TTL" +
                                          (share.with() >= kCacheShare
                                               ? ": what is lost was to go anyway"
                                               : ", and " + *facts.eviction_policy +
                                                     " drops any of them when memory is short: nobody relies "
                                                     "on what is in it");
  } else {
    database(facts, share, result);
  }
  result.next = next_steps(facts, findings, result.use);
  return result;
}

}  // namespace

Answer answer(const Facts& facts, std::span<const Finding> findings, const KeyGroups& keys) {
  return answer_by(facts, findings, {keys.keys(), keys.with_ttl(), "of the sampled keys"});
}

Answer answer(const Facts& facts, std::span<const Finding> findings) {
  Share share{0, 0, "of its keys"};
  for (const Database& database : facts.databases) {
    share.keys += database.keys;
    share.with_ttl += database.with_ttl;
  }
  return answer_by(facts, findings, share);
}

std::string_view to_string(Use use) {
  switch (use) {
    case Use::kCache:
      return "cache";
    case Use::kDatabaseReady:
      return "database, and ready for it";
    case Use::kDatabaseNotReady:
      return "database, and not ready";
  }
  return "";
}

}  // namespace holdfast::posture
