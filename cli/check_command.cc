#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/policy_tests.h"
#include "config/diagnostics.h"
#include "config/read_file.h"

namespace holdfast::cli {
namespace {

std::string as_json(const std::string& file, bool good, const config::ProblemList& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const config::Problem& problem : problems.sorted()) {
    nlohmann::ordered_json one;
    one["severity"] = problem.severity == config::Severity::kError ? "error" : "warning";
    one["file"] = file;
    one["line"] = problem.at.line;
    one["column"] = problem.at.column;
    one["message"] = problem.text;
    list.push_back(std::move(one));
  }
  const nlohmann::ordered_json report = {{"file", file},
                                         {"good", good},
                                         {"errors", problems.errors()},
                                         {"warnings", problems.warnings()},
                                         {"problems", std::move(list)}};
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Drawn like mistakes in a configuration, at their places in the table.
int run_tests(const config::Config& config, const std::string& file) {
  constexpr size_t kMaxFileBytes = 1 << 20;
  const auto text = config::read_file(file, kMaxFileBytes);
  if (!text.ok()) {
    std::fprintf(stderr, "holdfast check: %s\n", text.error().message().c_str());
    return kBadInput;
  }
  const PolicyTestReport report = run_policy_tests(config, text.value(), file);
  std::fputs(config::draw(report.failures).c_str(), stderr);
  if (!report.is_readable) {
    std::fprintf(stderr, "%s: %s; nothing was tested\n", file.c_str(),
                 config::count_of(report.failures).c_str());
    return kBadInput;
  }
  std::printf("%s: %zu of %zu tests passed\n", file.c_str(), report.passed, report.passed + report.failed);
  return report.failed == 0 ? kDone : kFailed;
}

}  // namespace

int check(const CheckOptions& options) {
  const config::LoadResult result = load_and_check(options.config_file);
  const config::ProblemList& problems = result.problems;
  const std::string name = options.config_file.empty() ? "the defaults" : options.config_file;
  const bool good = result.config && (!options.strict || problems.warnings() == 0);
  if (!options.tests.empty() && good) return run_tests(*result.config, options.tests);
  if (options.json) {
    std::fputs(as_json(options.config_file, good, problems).c_str(), stdout);
    return good ? kDone : kBadInput;
  }
  std::fputs(config::draw(problems).c_str(), stderr);
  const bool any = problems.errors() + problems.warnings() > 0;
  const std::string counted = any ? config::count_of(problems) : "";
  if (good)
    std::printf("%s: good%s\n", name.c_str(), any ? (", with " + counted).c_str() : "");
  else
    std::fprintf(stderr, "%s: %s\n", name.c_str(), counted.c_str());
  return good ? kDone : kBadInput;
}

}  // namespace holdfast::cli
