#include "posture/key_notes.h"

#include <algorithm>
#include <cstdio>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

constexpr size_t kNotesOfAKind = 5;
constexpr int64_t kKeysToJudgeBy = 20;
constexpr double kNearlyNone = 0.05;
constexpr double kNearlyAll = 0.95;
constexpr int64_t kLarge = 1 << 20;
constexpr int64_t kIdleS = 30 * 86'400;

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f%%", share * 100);
  return text;
}

// Nobody can tell by its name whether such a key goes by itself.
bool has_mixed_ttl(const KeyGroup& group) {
  return group.keys >= kKeysToJudgeBy && group.ttl_share() > kNearlyNone && group.ttl_share() < kNearlyAll;
}

bool is_forgotten(const KeyGroup& group) {
  return group.ttl_share() <= kNearlyNone && group.idle_mean_s() >= kIdleS;
}

}  // namespace

std::vector<KeyNote> key_notes(const KeyGroups& keys) {
  std::vector<KeyNote> large, mixed, idle;
  for (const KeyGroup* group : keys.by_size()) {
    if (group->bytes_max > kLarge && large.size() < kNotesOfAKind)
      large.push_back(
          {"large-value", Severity::kWarning, group->pattern,
           "the largest has " + size_text(group->bytes_max) +
               ": a command on all of it, or its deletion, holds up everybody",
           "split it, delete it with UNLINK, and keep new ones out with max_value in a keyspace"});
    if (has_mixed_ttl(*group) && mixed.size() < kNotesOfAKind)
      mixed.push_back(
          {"mixed-ttl", Severity::kWarning, group->pattern,
           percent(group->ttl_share()) +
               " have a TTL and the others none: what goes by itself cannot be told by its name",
           "find out which is meant, then say so with ttl = \"forbid\" or \"require\" in a keyspace"});
    if (is_forgotten(*group) && idle.size() < kNotesOfAKind)
      idle.push_back(
          {"idle", Severity::kInfo, group->pattern,
           "no TTL, and nobody has touched them for " + duration_text(group->idle_mean_s()) + " (on average)",
           "ask who needs them; what nobody needs costs memory for ever"});
  }
  std::vector<KeyNote> notes = std::move(large);
  for (auto* more : {&mixed, &idle})
    for (KeyNote& note : *more) notes.push_back(std::move(note));
  return notes;
}

}  // namespace holdfast::posture
