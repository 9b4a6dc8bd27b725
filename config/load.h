// Reads holdfast.toml into a Config. Called on the main thread, before anything else runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace holdfast::config {

// Everything that is wrong with a configuration, each as one line ready to print:
// "holdfast.toml:12: unknown key 'lisen' in [environment.default]; did you mean 'listen'?"
struct Problems {
  std::vector<std::string> lines;
};

// What load() gives back: a Config when there are no problems.
struct LoadResult {
  std::optional<Config> config;
  Problems problems;
};

// Reads and checks a file. All problems are collected, not only the first.
LoadResult load_file(const std::string& path);

// The same for text that did not come from a file; `name` stands for the file in messages.
LoadResult load_text(const std::string& text, const std::string& name);

// The configuration with no file at all: the defaults of the contract.
Config defaults();

}  // namespace holdfast::config
