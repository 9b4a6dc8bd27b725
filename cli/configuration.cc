#include "cli/configuration.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/closest.h"
#include "config/diagnostics.h"
#include "policy/policy.h"
#include "posture/rule.h"
#include "tls/credential_set.h"

namespace holdfast::cli {
namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
}

// What could not be opened or made later. Nothing is made here: it is only a check.
void check_places(const config::Config& config, config::ProblemList& problems) {
  const auto& audit_log = config.server.audit_log;
  const bool there = access(audit_log.value.c_str(), F_OK) == 0;
  if (!audit_log.value.empty() &&
      access(there ? audit_log.value.c_str() : directory_of(audit_log.value).c_str(), W_OK) != 0)
    problems.add(audit_log.where,
                 Error::from_errno("audit_log: cannot write '" + audit_log.value + "'", errno).message());
  for (const config::Environment& environment : config.environments)
    for (const auto& listen : environment.listen)
      if (listen.value.kind == Endpoint::Kind::kUnix &&
          access(directory_of(listen.value.path).c_str(), W_OK) != 0)
        problems.warn(listen.where,
                      Error::from_errno("listen: no socket can be made at '" + listen.value.path + "'", errno)
                          .message());
}

// Names of rules of posture.
void check_rules(const config::Upstream& upstream, config::ProblemList& problems) {
  std::vector<std::string_view> known;
  for (const posture::Rule& rule : posture::rules()) known.push_back(rule.name);
  const config::Posture& posture = upstream.posture;
  for (const auto& [key, list] :
       {std::pair{"ignore", &posture.ignore}, std::pair{"unready", &posture.unready},
        std::pair{"require", &posture.require}})
    for (const auto& name : *list) {
      if (posture::find_rule(name.value) != nullptr) continue;
      const auto meant = closest(name.value, known);
      problems.add(name.where, std::string(key) + ": there is no rule of posture '" + name.value + "'" +
                                   (meant ? "; did you mean '" + std::string(*meant) + "'?"
                                          : "; docs/posture.md lists them"));
    }
  if (posture.require.empty()) return;
  if (!posture.enabled)
    problems.add(
        posture.require.front().where,
        "require: enabled = false in the same section says that nobody looks; remove one of the two");
  for (const auto& name : posture.require)
    if (std::ranges::any_of(posture.ignore, [&](const auto& one) { return one.value == name.value; }))
      problems.add(name.where, "require: the rule '" + name.value +
                                   "' is in ignore as well, so nobody looks at it; remove one of the two");
}

}  // namespace

config::LoadResult load_and_check(const std::string& file) {
  config::LoadResult result =
      file.empty() ? config::LoadResult{config::defaults(), config::ProblemList(), nullptr, std::nullopt}
                   : config::load_file(file);
  const std::optional<config::Config>& readable = result.config ? result.config : result.draft;
  if (!readable) return result;
  for (const config::Environment& environment : readable->environments)
    (void)policy::Policy::compile(environment, result.problems);
  for (const config::Upstream& upstream : readable->upstreams) check_rules(upstream, result.problems);
  if (!result.config) return result;
  (void)tls::load_credentials(*result.config, result.problems);
  check_places(*result.config, result.problems);
  if (!result.problems.empty()) result.config.reset();
  return result;
}

void draw_errors(const config::ProblemList& problems) {
  std::fputs(config::draw(problems.only_errors()).c_str(), stderr);
}

}  // namespace holdfast::cli
