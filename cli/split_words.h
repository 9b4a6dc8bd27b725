// A command line as a person writes it, cut into words as redis-cli does: blanks separate, "..." with escapes
// and '...' hold together. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::cli {

// kInvalid: a quote that is not closed.
Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace holdfast::cli
