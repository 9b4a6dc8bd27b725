// When the journal was last read from end to end and found whole: `holdfast journal verify`, in another
// process than the one that writes the journal, leaves it as a file in the directory; the metrics show it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr std::string_view kVerifiedNoteName = "holdfast.verified";

// An error when the directory cannot be written: that says nothing about the journal.
Status write_verified_note(const std::string& dir, int64_t unix_ms);
// 0: never.
int64_t read_verified_note(const std::string& dir);

}  // namespace holdfast::journal
