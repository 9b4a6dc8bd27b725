// What a session does that the audit log is to know.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "policy/key_positions.h"
#include "policy/refusal.h"
#include "proxy/request_gating.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

constexpr size_t kLongestName = 64;

std::string shown_command(policy::CommandId id, std::span<const std::string_view> arguments) {
  if (id != policy::kUnknownCommand) return policy::display_name(policy::command(id));
  return arguments.empty() ? std::string() : policy::printable(arguments[0], kLongestName);
}

// Only what the command's grammar says is a key: an argument that is not may be a value, or a password.
size_t keys_of(policy::CommandId id, std::span<const std::string_view> arguments,
               std::array<std::string_view, audit::kMostKeys>& keys) {
  if (id == policy::kUnknownCommand || arguments.empty()) return 0;
  thread_local policy::KeyUses uses;
  policy::find_keys(id, arguments, uses);
  size_t count = 0;
  for (const policy::KeyUse& use : uses.all()) {
    if (count == keys.size()) break;
    if (use.argument < arguments.size()) keys[count++] = arguments[use.argument];
  }
  return count;
}

}  // namespace

// What is let through and told all the same: administrative commands, and in audit mode what the rules
// forbid.
Session::Step Session::take_audited(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  CommandPlan taken = plan;
  taken.route = plan.audited_route;
  told_audit_ = false;
  const Step step = taken.route == Route::kShared && state_.is_plain() ? forward_shared(id, taken)
                                                                       : take_unusual(id, taken, arguments);
  // One that has to wait comes again; one that was refused after all has been told.
  if (step != Step::kWait && !told_audit_) tell_audit_of_taken(id, plan, arguments);
  return step;
}

void Session::tell_audit_of_taken(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  if (plan.decision == policy::Decision::kObserve) {
    const policy::Verdict& verdict = environment_.policy().decide(id);
    const metrics::WriteHalt* halt = environment_.observed_write_halt();
    if (verdict.decision == policy::Decision::kAllow && halt != nullptr && may_write(id))
      return tell_observed(metrics::RefusalReason::kPosture, id, arguments, halt->rule, halt->where);
    if (verdict.decision == policy::Decision::kAllow && user_ != nullptr)
      return tell_observed(metrics::RefusalReason::kAcl, id, arguments, "user " + user_->name(),
                           user_->location);
    tell_observed(id == policy::kUnknownCommand ? metrics::RefusalReason::kUnknownCommand
                                                : metrics::RefusalReason::kCommand,
                  id, arguments, verdict.rule, verdict.rule_location);
  } else {
    tell_audit(audit::Kind::kAdmin, id, arguments, "allowed", "", "");
  }
}

void Session::tell_refused(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                           std::string_view rule, std::string_view where) {
  count_refusal(reason, id, arguments, rule, false);
  tell_audit(audit::Kind::kRefused, id, arguments, "refused", rule, where);
}

void Session::tell_observed(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                            std::string_view rule, std::string_view where) {
  count_refusal(reason, id, arguments, rule, true);
  tell_audit(audit::Kind::kObserved, id, arguments, "observed", rule, where);
}

void Session::count_refusal(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                            std::string_view rule, bool observed) {
  // There may be very many users: in the metrics they are one rule.
  const bool is_users = reason == metrics::RefusalReason::kAcl;
  environment_.stats().refusals.add(is_users ? to_string(reason) : rule, reason, observed);
  const int64_t now_ms = unix_ms();
  metrics::RecentRefusals& recent = worker_.lists().refusals;
  if (!recent.has_room(now_ms)) return;
  metrics::Refusal refusal;
  refusal.unix_ms = now_ms;
  refusal.environment = environment_.config().name;
  refusal.user = user_name();
  refusal.client = stream_.peer_name();
  refusal.command = shown_command(id, arguments);
  refusal.rule = rule;
  refusal.reason = to_string(reason);
  refusal.observed = observed;
  recent.add(std::move(refusal));
}

void Session::tell_audit(audit::Kind kind, policy::CommandId id, Arguments arguments,
                         std::string_view verdict, std::string_view rule, std::string_view where,
                         std::string_view user) {
  told_audit_ = true;
  audit::Recorder& recorder = worker_.recorder();
  if (!recorder.is_on()) return;
  std::array<std::string_view, audit::kMostKeys> keys;
  const std::string command = shown_command(id, arguments);
  const std::string client = stream_.peer_name();
  audit::Sighting sighting;
  sighting.kind = kind;
  sighting.environment = environment_.config().name;
  sighting.user = user.empty() ? user_name() : user;
  sighting.client = client;
  sighting.command = command;
  sighting.keys = std::span(keys.data(), keys_of(id, arguments, keys));
  sighting.rule = rule;
  sighting.where = where;
  sighting.verdict = verdict;
  recorder.record(sighting, id, unix_ms());
}

}  // namespace holdfast::proxy
