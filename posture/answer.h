// The one question: if this Redis disappears right now, does the system recover? Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "posture/facts.h"
#include "posture/key_groups.h"
#include "posture/rule.h"

namespace holdfast::posture {

enum class Use { kCache, kDatabaseReady, kDatabaseNotReady };

struct Answer {
  Use use = Use::kCache;
  std::string reason;             // one sentence: why
  std::vector<std::string> next;  // at most three things to do, the most urgent first
};

// By the keys that were looked at.
Answer answer(const Facts& facts, std::span<const Finding> findings, const KeyGroups& keys);
// By how many keys INFO says there are, and with a TTL; without looking at any.
Answer answer(const Facts& facts, std::span<const Finding> findings);

// "cache", "database, and ready for it", "database, and not ready".
std::string_view to_string(Use use);

}  // namespace holdfast::posture
