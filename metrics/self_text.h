// What a client may see of Holdfast: figures for INFO, lines for HOLDFAST STATUS. Of its own environment and
// that one's upstream only.
//
// Reads atomics and guarded snapshots, so any thread may ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/sources.h"

namespace holdfast::metrics {

// `environment`: as it is now, perhaps after a reload; its place is found by its name. `problems`: why
// Holdfast is not ready.
// "# Holdfast\r\nholdfast_version:1.0\r\n...": INFO's form. Client libraries take a value with '=' and ','
// for a table, so no value has both.
std::string info_section(const Sources& sources, const config::Environment& environment,
                         const std::vector<std::string>& problems);
std::vector<std::string> status_lines(const Sources& sources, const config::Environment& environment,
                                      const std::vector<std::string>& problems);

}  // namespace holdfast::metrics
