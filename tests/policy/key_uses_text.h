// What find_keys() says, as text for tests: "1 RW access update, 4 OW update, pattern 6 RO access, ?" (the
// '?': there may be more).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/key_positions.h"

namespace holdfast::policy {

std::string to_text(const KeyUse& use);
std::string to_text(const KeyUses& uses);

// Of a whole command line, with `total` as in find_keys().
std::string keys_of(const std::vector<std::string>& line, size_t total = 0);

}  // namespace holdfast::policy
