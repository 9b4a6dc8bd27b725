// Commands whose keys stand among their options, or whose options change what is done to a key: each is read
// as the command itself reads its arguments (Redis 7.0, the files named beside each function). For
// key_positions.cc.
#pragma once

#include <span>
#include <string_view>

#include "policy/key_positions.h"

namespace holdfast::policy {

// `total` arguments, of which the first are at hand; with fewer than that the worst is assumed.
using FindKeys = void (*)(std::span<const std::string_view> arguments, size_t total, KeyUses& out);

// The reader of a command by its name in the table; null: its key specifications say it all.
FindKeys special_finder(std::string_view command);

}  // namespace holdfast::policy
