// What the figures were measured on.
#pragma once

#include <string>

#include "base/result.h"

namespace holdfast::bench {

// The head of results.md: processors, kernel, the median time of an fdatasync in `directory`, versions.
// `revision` is Holdfast's, and may be empty.
Result<std::string> describe_machine(const std::string& directory, const std::string& revision);

// Median of a few hundred fdatasync calls, each after 128 appended bytes, in microseconds.
Result<double> measure_fdatasync_us(const std::string& directory);

}  // namespace holdfast::bench
