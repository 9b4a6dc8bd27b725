#include "cli/configuration.h"

#include <cstdio>
#include <utility>

#include "config/load.h"

namespace holdfast::cli {

std::optional<config::Config> read_configuration(const std::string& file) {
  if (file.empty()) return config::defaults();
  config::LoadResult result = config::load_file(file);
  for (const std::string& line : result.problems.lines) std::fprintf(stderr, "%s\n", line.c_str());
  if (!result.problems.lines.empty()) return std::nullopt;
  return std::move(result.config);
}

}  // namespace holdfast::cli
