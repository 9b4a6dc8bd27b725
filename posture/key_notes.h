// What is worth knowing about the keys that were looked at, pattern by pattern. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "posture/key_groups.h"
#include "posture/rule.h"

namespace holdfast::posture {

struct KeyNote {
  std::string_view name;  // what kind of note: "mixed-ttl"
  Severity severity;
  std::string pattern;  // of the group
  std::string reason;   // one sentence, without a full stop
  std::string_view what_to_do;
};

// The gravest first, then by the size of the group; at most a few of each kind.
std::vector<KeyNote> key_notes(const KeyGroups& keys);

}  // namespace holdfast::posture
