// Reads the configuration for a command, and tells a person what is wrong with it.
#pragma once

#include <string>

#include "config/load.h"

namespace holdfast::cli {

// Everything that can be known without starting: the file, the rules, the certificates. `file` empty: the
// defaults. The config is there only when there are no errors.
config::LoadResult load_and_check(const std::string& file);

// Draws them on stderr. Warnings are left to `holdfast check`.
void draw_errors(const config::ProblemList& problems);

}  // namespace holdfast::cli
