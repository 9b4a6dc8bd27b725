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

Answer answer(const Facts& facts, std::span<const Finding> findings, const KeyGroups& keys);

// "cache", "database, and ready for it", "database, and not ready".
std::string_view to_string(Use use);

}  // namespace holdfast::posture
