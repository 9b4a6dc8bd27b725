// Reads holdfast.toml into a Config. Called on the main thread, before anything else runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "config/problems.h"

namespace holdfast::config {

struct Node;

// What load() gives back: a Config when there are no errors. Warnings may be there in any case.
struct LoadResult {
  std::optional<Config> config;
  ProblemList problems;
  std::shared_ptr<const Node> document;  // as it was written; null without a file
  // With errors: what could be read, with defaults for the rest. Only to look for more mistakes.
  std::optional<Config> draft{};
};

// Reads and checks a file. All problems are collected, not only the first.
LoadResult load_file(const std::string& path);

// The same for text that did not come from a file; `name` stands for the file in messages.
LoadResult load_text(const std::string& text, const std::string& name);

// The configuration with no file at all: the defaults of the contract.
Config defaults();

}  // namespace holdfast::config
