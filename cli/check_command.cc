#include <cstdio>

#include "cli/commands.h"
#include "cli/configuration.h"
#include "policy/policy.h"
#include "tls/credential_set.h"

namespace holdfast::cli {

int check(const std::string& config_file) {
  const auto config = read_configuration(config_file);
  if (!config) return kBadInput;
  bool good = true;
  for (const config::Environment& environment : config->environments) {
    const auto policy = policy::Policy::compile(environment);
    if (policy.ok()) continue;
    good = false;
    std::fprintf(stderr, "%s\n", policy.error().message().c_str());
  }
  std::vector<std::string> problems;
  (void)tls::load_credentials(*config, problems);
  for (const std::string& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!good || !problems.empty()) return kBadInput;
  std::printf("%s: good\n", config_file.empty() ? "the defaults" : config_file.c_str());
  return kDone;
}

}  // namespace holdfast::cli
