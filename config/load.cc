#include "config/load.h"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

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
  if (!text.ok()) return {std::nullopt, {{text.error().message()}}};
  return load_text(text.value(), path);
}

LoadResult load_text(const std::string& text, const std::string& name) {
  ProblemList problems(name);
  const auto document = parse_document(text, problems);
  if (!document) return {std::nullopt, {problems.lines()}};
  Config config = read_sections(*document, problems);
  check_consistency(config, problems);
  if (!problems.empty()) return {std::nullopt, {problems.lines()}};
  if (config.server.workers == 0) config.server.workers = cores();
  return {std::move(config), {}};
}

Config defaults() {
  ProblemList none("");
  return read_sections(Node{}, none);
}

}  // namespace holdfast::config
