// Who may come in and what they may do there.
#include <algorithm>
#include <array>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

Check password(const Facts& facts, const Limits&) {
  if (!facts.needs_password) return not_known("whether the default user needs a password");
  if (*facts.needs_password) return met("the default user needs a password or is off");
  return not_met("the default user needs no password, so whoever reaches the port is an administrator");
}

Check protected_mode(const Facts& facts, const Limits&) {
  if (!facts.protected_mode) return not_known("whether protected mode is on");
  if (*facts.protected_mode) return met("protected mode is on");
  if (facts.needs_password.value_or(false))
    return met("protected mode is off, but the default user needs a password");
  if (facts.loopback_only.value_or(false))
    return met("protected mode is off, but only the loopback can reach it");
  return not_met("protected mode is off and there is no password: other machines get in unasked");
}

Check dangerous_commands(const Facts& facts, const Limits&) {
  if (!facts.open_commands) return not_known("what its default user may run");
  if (facts.open_commands->empty())
    return met("the default user may run none of the commands that end the day");
  std::string list;
  for (const std::string& name : *facts.open_commands) list += (list.empty() ? "" : ", ") + name;
  return not_met("the default user may run " + list);
}

std::string_view series_of(std::string_view version) {
  const size_t first = version.find('.');
  return version.substr(0, first == std::string_view::npos ? first : version.find('.', first + 1));
}

Check version(const Facts& facts, const Limits& limits) {
  if (facts.version.empty()) return not_known("its version");
  const std::string_view series = series_of(facts.version);
  const std::string_view major = series.substr(0, series.find('.'));
  const bool ended =
      facts.product == "Redis" && std::ranges::any_of(limits.ended_series, [&](std::string_view name) {
        return name == series || name == major;
      });
  const std::string what = facts.product + " " + facts.version;
  if (ended)
    return not_met(what + " belongs to the series " + std::string(series) + ", which gets no more fixes");
  return met(what + " is not of a series known to get no more fixes");
}

// As published by the project: fixes go to the last minor versions of the current and the previous major one.
constexpr std::array<std::string_view, 7> kEnded = {"2", "3", "4", "5", "6.0", "7.0", "1"};

constexpr std::array kRules = {
    Rule{"password", Group::kSecurity, Severity::kCritical, password,
         "give the default user a password (ACL SETUSER default >... and requirepass in redis.conf), or "
         "switch "
         "it off and give each application a user of its own"},
    Rule{"protected-mode", Group::kSecurity, Severity::kCritical, protected_mode,
         "set `protected-mode yes`, or a password, or bind it to the loopback beside Holdfast"},
    Rule{"dangerous-commands", Group::kSecurity, Severity::kWarning, dangerous_commands,
         "let applications in through Holdfast, which refuses them, or take them from their users with ACL "
         "(-@dangerous)"},
    Rule{"version", Group::kSecurity, Severity::kWarning, version,
         "plan an upgrade to a supported series; test it by restoring the journal into it first"},
};

}  // namespace

const std::span<const std::string_view> Limits::kEndedSeries = kEnded;

std::span<const Rule> security_rules() {
  return kRules;
}

}  // namespace holdfast::posture
