// An explanation for people, as `holdfast explain` and HOLDFAST EXPLAIN show it. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/explanation.h"

namespace holdfast::cli {

std::vector<std::string> explanation_lines(const Explanation& explanation);

}  // namespace holdfast::cli
