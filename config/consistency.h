// The checks that need more than one value: addresses and directories used twice, an open door, a promise
// that nobody can keep.
#pragma once

#include "config/config.h"
#include "config/problems.h"

namespace holdfast::config {

void check_consistency(const Config& config, ProblemList& problems);

}  // namespace holdfast::config
