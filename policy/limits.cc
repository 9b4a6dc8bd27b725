#include "policy/limits.h"

#include "config/units.h"
#include "policy/refusal.h"
#include "policy/rule.h"

namespace holdfast::policy {
namespace {

std::string_view whose(config::LimitPer per) {
  switch (per) {
    case config::LimitPer::kUser:
      return "for its user";
    case config::LimitPer::kEnvironment:
      return "for all clients together";
    case config::LimitPer::kConnection:
      return "for its connection";
    case config::LimitPer::kAddress:
      return "for its address";
  }
  return "";
}

}  // namespace

Limits Limits::compile(const config::Environment& environment, config::ProblemList& problems) {
  Limits limits;
  limits.environment_ = environment.name;
  if (environment.limits.empty()) return limits;
  limits.by_command_.resize(commands().size());
  for (const config::Limit& limit : environment.limits) {
    const auto index = static_cast<uint16_t>(limits.limits_.size());
    limits.limits_.push_back(limit);
    limits.limits_.back().mode = limit.mode.value_or(environment.mode);
    const std::string place = "commands of [[environment." + printable(environment.name) + ".limit]]";
    std::vector<bool> matches(commands().size(), limit.commands.empty());
    for (const auto& entry : limit.commands) {
      const auto rule = Rule::parse(entry, place, problems);
      if (!rule) continue;
      for (CommandId id = 0; id < matches.size(); ++id) matches[id] = matches[id] || rule->matches(id);
    }
    for (CommandId id = 0; id < matches.size(); ++id)
      if (matches[id]) limits.by_command_[id].push_back(index);
  }
  return limits;
}

Limits::Excess Limits::excess(const config::Limit& limit, std::span<const std::string_view> arguments) {
  if (limit.max_arguments && arguments.size() - 1 > *limit.max_arguments) return Excess::kArguments;
  if (limit.max_value_bytes) {
    for (const std::string_view argument : arguments.subspan(1))
      if (argument.size() > *limit.max_value_bytes) return Excess::kValue;
  }
  return Excess::kNone;
}

std::string Limits::size_refusal(CommandId id, const config::Limit& limit, Excess excess) const {
  std::string what = "'" + display_name(command(id)) + "' with ";
  if (excess == Excess::kArguments)
    what += "more than " + std::to_string(*limit.max_arguments) + " arguments";
  else
    what += "an argument of more than " + config::format_size(*limit.max_value_bytes);
  return refusal(what, environment_, limit.name);
}

std::string Limits::rate_refusal(CommandId id, const config::Limit& limit, uint64_t wait_ns) const {
  const config::Rate& rate = *limit.rate;
  std::string period = config::format_duration(rate.period_ms);
  if (period.starts_with('1') && period.size() > 1 && (period[1] < '0' || period[1] > '9'))
    period.erase(0, 1);
  return "-TRYAGAIN holdfast: '" + display_name(command(id)) + "' is over the limit of " +
         std::to_string(rate.count) + "/" + period + " " + std::string(whose(limit.per)) +
         " in environment '" + printable(environment_) + "' (rule '" + printable(limit.name) +
         "'); try again in " + std::to_string(wait_ns / 1'000'000 + 1) + " ms\r\n";
}

}  // namespace holdfast::policy
