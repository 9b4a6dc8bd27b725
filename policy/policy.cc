#include "policy/policy.h"

#include <utility>

#include "policy/refusal.h"
#include "policy/rule.h"

namespace holdfast::policy {
namespace {

constexpr std::string_view kUnknownRule = "unknown_commands";
// Enough to recognise a name by; a client may send megabytes as one.
constexpr size_t kMaxShownName = 64;

Result<std::vector<Rule>> parse_rules(const std::vector<config::Located<std::string>>& entries,
                                      std::string_view key, const std::string& environment) {
  std::string place = std::string(key) + " of [environment." + printable(environment) + "]";
  std::vector<Rule> rules;
  for (const auto& entry : entries) {
    Result<Rule> rule = Rule::parse(entry, place);
    if (!rule.ok()) return rule.error();
    rules.push_back(std::move(rule).value());
  }
  return rules;
}

const Rule* first_match(const std::vector<Rule>& rules, CommandId id) {
  for (const Rule& rule : rules) {
    if (rule.matches(id)) return &rule;
  }
  return nullptr;
}

}  // namespace

// Fills a Policy: one verdict per command, the replies made in advance.
class PolicyCompiler {
 public:
  PolicyCompiler(const config::Environment& environment, const std::vector<Rule>& block,
                 const std::vector<Rule>& allow, Users users)
      : environment_(environment), block_(block), allow_(allow) {
    policy_->users_ = std::move(users);
    policy_->known_scripts_ = KnownScripts::compile(environment);
  }

  std::shared_ptr<const Policy> compile(Limits limits) {
    policy_->limits_ = std::move(limits);
    policy_->environment_ = environment_.name;
    policy_->keyspaces_ = Keyspaces(environment_);
    policy_->key_prefix_ = KeyPrefix(environment_.key_prefix.value,
                                    environment_.scripts != config::ScriptMode::kUnchecked &&
                                        environment_.auth.value != config::Auth::kPassthrough);
    policy_->verdicts_.reserve(commands().size());
    policy_->verdicts_.push_back(unknown_verdict("an unknown command"));
    for (CommandId id = 1; id < commands().size(); ++id) policy_->verdicts_.push_back(verdict(id));
    return policy_;
  }

 private:
  // allow beats block, always; of several block rules the first one written is named.
  Verdict verdict(CommandId id) {
    if (first_match(allow_, id)) return {};
    std::string quoted = "'" + display_name(command(id)) + "'";
    if (const Rule* rule = first_match(block_, id)) return refused(quoted, rule->text(), rule->location());
    if (command(id).needs_subcommand()) return unknown_verdict("unknown sub-command of " + quoted);
    return {};
  }

  Verdict unknown_verdict(const std::string& what) {
    if (environment_.unknown_commands == config::UnknownCommands::kAllow) return {};
    return refused(what, kUnknownRule, environment_.where.to_string());
  }

  Verdict refused(std::string_view what, std::string_view rule, const std::string& location) {
    Verdict verdict;
    verdict.decision = environment_.mode == config::Mode::kAudit ? Decision::kObserve : Decision::kRefuse;
    verdict.error_reply = keep(refusal(what, environment_.name, rule));
    verdict.rule = keep(std::string(rule));
    verdict.rule_location = keep(location);
    return verdict;
  }

  std::string_view keep(std::string text) {
    policy_->strings_.push_back(std::make_unique<const std::string>(std::move(text)));
    return *policy_->strings_.back();
  }

  const config::Environment& environment_;
  const std::vector<Rule>& block_;
  const std::vector<Rule>& allow_;
  std::shared_ptr<Policy> policy_{new Policy()};
};

Result<std::shared_ptr<const Policy>> Policy::compile(const config::Environment& environment) {
  Result<std::vector<Rule>> block = parse_rules(environment.block, "block", environment.name);
  if (!block.ok()) return block.error();
  Result<std::vector<Rule>> allow = parse_rules(environment.allow, "allow", environment.name);
  if (!allow.ok()) return allow.error();
  config::ProblemList problems(environment.where.file);
  Users users = Users::compile(environment, problems);
  if (!problems.empty()) {
    std::string text;
    for (const std::string& line : problems.lines()) text += (text.empty() ? "" : "\n") + line;
    return Error(ErrorCode::kInvalid, text);
  }
  Result<Limits> limits = Limits::compile(environment);
  if (!limits.ok()) return limits.error();
  return PolicyCompiler(environment, block.value(), allow.value(), std::move(users))
      .compile(std::move(limits).value());
}

std::string Policy::unknown_command_reply(std::string_view name) const {
  return refusal("unknown command '" + printable(name, kMaxShownName) + "'", environment_, kUnknownRule);
}

}  // namespace holdfast::policy
