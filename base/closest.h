// The known word that a person most likely meant when they mistyped one: "did you mean 'listen'?"
//
// Pure; any thread. Used by error messages of the configuration and of the policy, never per request.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace holdfast {

// The word of `known` with the fewest slips (a letter missing, extra, changed, or two neighbours swapped;
// upper and lower case are the same letter), the first of them on a tie. Nothing when even the best needs
// more than one slip per three letters: a far-fetched guess helps nobody.
std::optional<std::string_view> closest(std::string_view word, std::span<const std::string_view> known);

}  // namespace holdfast
