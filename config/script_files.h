// Reads what `files` of [environment.<name>.scripts] names. Main thread.
#pragma once

#include "config/config.h"
#include "config/problems.h"

namespace holdfast::config {

// Fills script_files from script_patterns (each a path, or a pattern as in a shell); a pattern that names
// nothing, a file that cannot be read, and an allowlist without files are problems.
void read_script_files(Environment& environment, ProblemList& problems);

}  // namespace holdfast::config
