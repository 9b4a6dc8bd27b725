#include "metrics/write_halt.h"

#include <algorithm>

namespace holdfast::metrics {
namespace {

using Rules = std::vector<config::Located<std::string>>;

std::string names_of(const Rules& rules) {
  std::string names;
  for (const auto& rule : rules) names += (names.empty() ? "'" : ", '") + rule.value + "'";
  return names;
}

std::string not_asked(const std::string& title, const Rules& require, const std::string& problem) {
  return "nobody knows yet whether " + title + " meets " + names_of(require) +
         ", which `require` asks for: " +
         (problem.empty() ? "it is being asked; try again"
                          : "it cannot be asked (" + problem + "); see to it that Holdfast can log in there");
}

std::string not_met(const std::string& title, const posture::Rule& rule, const posture::Check& check) {
  const bool known = check.outcome != posture::Outcome::kNotKnown;
  return title + (known ? " does not meet the rule '" : " may not meet the rule '") + std::string(rule.name) +
         "', which `require` asks for: " + check.reason + "; " +
         (known
              ? std::string(rule.what_to_do)
              : "let the user in upstream.url run INFO, CONFIG GET and ACL, or take the rule out of require");
}

}  // namespace

std::optional<WriteHalt> write_halt(const std::string& upstream, const config::Posture& config,
                                    const PostureState& state) {
  const Rules& require = config.require;
  if (require.empty()) return std::nullopt;
  const std::string title = "upstream '" + upstream + "'";
  if (state.unix_ms == 0)
    return WriteHalt{require.front().value, require.front().where.to_string(),
                     not_asked(title, require, state.problem)};
  std::optional<WriteHalt> halt;
  Rules others;
  for (const auto& name : require) {
    const auto finding =
        std::ranges::find_if(state.findings, [&](const auto& one) { return one.rule->name == name.value; });
    // The configuration was checked: every name is a rule, and none of them is ignored.
    if (finding == state.findings.end() || finding->check.outcome == posture::Outcome::kMet) continue;
    if (halt)
      others.push_back(name);
    else
      halt = WriteHalt{name.value, name.where.to_string(), not_met(title, *finding->rule, finding->check)};
  }
  if (!others.empty()) halt->reason += "; besides, these are not met: " + names_of(others);
  return halt;
}

}  // namespace holdfast::metrics
