// What is legal and still worth a second look: a configuration that protects less than it seems to.
// Warnings only. Pure.
#pragma once

#include "config/config.h"
#include "config/document.h"
#include "config/problems.h"

namespace holdfast::config {

// `document`: where things are written.
void check_cautions(const Config& config, const Node& document, ProblemList& problems);

}  // namespace holdfast::config
