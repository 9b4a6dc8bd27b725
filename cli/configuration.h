// Reads the configuration for a command, and tells a person what is wrong with it.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"

namespace holdfast::cli {

// Prints every problem, one a line, on stderr and answers nothing if there is any. `file` empty: the
// defaults.
std::optional<config::Config> read_configuration(const std::string& file);

}  // namespace holdfast::cli
