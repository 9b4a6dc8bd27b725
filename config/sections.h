// From the tree of a TOML text to a Config: every section and key is looked up in the schema, checked, and
// written into its place. What does not fit becomes a problem, and its default stands meanwhile, so that
// reading goes on to the next problem.
#pragma once

#include "config/config.h"
#include "config/document.h"
#include "config/problems.h"

namespace holdfast::config {

Config read_sections(const Node& document, ProblemList& problems);

}  // namespace holdfast::config
