// A Config as text, one value a line, without locations: to compare two and to see where they differ.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast::config {

std::string describe(const Config& config);

}  // namespace holdfast::config
