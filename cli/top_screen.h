// What `holdfast top` shows: the object of /status as lines of text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::cli {

// `where`: the address that was asked. Lines are at most `width` characters of printable ASCII; lists are cut
// so that all of it has at most `height` lines, where that is possible. An error: this is no such object.
Result<std::vector<std::string>> top_lines(std::string_view status_json, const std::string& where,
                                           size_t width, size_t height);

}  // namespace holdfast::cli
