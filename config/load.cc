#include "config/load.h"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "config/cautions.h"
#include "config/consistency.h"
#include "config/document.h"
#include "config/problems.h"
#include "config/read_file.h"
#include "config/sections.h"

namespace holdfast::config {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxWorkers = 1024;  // as in the schema

int cores() {
  // 0 when the system does not say.
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxWorkers);
}

}  // namespace

LoadResult load_file(const std::string& path) {
  const auto text = read_file(path, kMaxFileBytes);
  if (text.ok()) return load_text(text.value(), path);
  ProblemList problems;
  problems.add(0, text.error().message());
  return {std::nullopt, std::move(problems), nullptr, std::nullopt};
}

LoadResult load_text(const std::string& text, const std::string& name) {
  ProblemList problems(name);
  problems.set_text(text);
  const auto document = parse_document(text, problems);
  if (!document) return {std::nullopt, std::move(problems), nullptr, std::nullopt};
  ProblemList found(name);
  Config config = read_sections(document->root, found);
  if (document->is_whole()) {
    check_consistency(config, found);
    check_cautions(config, document->root, found);
    problems.add(found);
  } else {
    // That something is missing is said at its section; it may be in the part that could not be read.
    for (const Problem& problem : found.sorted())
      if (std::ranges::find(document->gaps, problem.at.line) == document->gaps.end())
        problems.add(problem.severity, problem.at, problem.text);
  }
  auto root = std::make_shared<const Node>(document->root);
  if (!problems.empty()) return {std::nullopt, std::move(problems), std::move(root), std::move(config)};
  if (config.server.workers == 0) config.server.workers = cores();
  return {std::move(config), std::move(problems), std::move(root), std::nullopt};
}

Config defaults() {
  ProblemList none("");
  return read_sections(Node{}, none);
}

}  // namespace holdfast::config
