#include "policy/policy.h"

#include <utility>

#include "policy/refusal.h"
#include "policy/rule.h"

namespace holdfast::policy {
namespace {

constexpr std::string_view kUnknownRule = "unknown_commands";
// Enough to recognise a name by; a client may send megabytes as one.
constexpr size_t kMaxShownName = 64;

std::vector<Rule> parse_rules(const std::vector<config::Located<std::string>>& entries,
                              std::string_view place, config::ProblemList& problems) {
  std::vector<Rule> rules;
  for (const auto& entry : entries) {
    if (auto rule = Rule::parse(entry, place, problems)) rules.push_back(std::move(*rule));
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

// The block rules of an environment with what becomes of a command that they name.
struct ModedRules {
  std::vector<Rule> rules;
  config::Mode mode;
  const config::BlockRule* named = nullptr;  // null: `block` of the environment
};

// Fills a Policy: one verdict per command, the replies made in advance.
class PolicyCompiler {
 public:
  PolicyCompiler(const config::Environment& environment, const std::vector<ModedRules>& block,
                 const std::vector<Rule>& allow, Users users)
      : environment_(environment), block_(block), allow_(allow) {
    policy_->users_ = std::move(users);
    policy_->known_scripts_ = KnownScripts::compile(environment);
  }

  std::shared_ptr<const Policy> compile(Limits limits) {
    policy_->limits_ = std::move(limits);
    policy_->environment_ = environment_.name;
    policy_->keyspaces_ = Keyspaces(environment_);
    policy_->key_prefix_ =
        KeyPrefix(environment_.key_prefix.value, environment_.scripts != config::ScriptMode::kUnchecked &&
                                                     environment_.auth.value != config::Auth::kPassthrough);
    policy_->verdicts_.reserve(commands().size());
    policy_->verdicts_.push_back(unknown_verdict("an unknown command"));
    for (CommandId id = 1; id < commands().size(); ++id) policy_->verdicts_.push_back(verdict(id));
    return policy_;
  }

 private:
  // allow beats block, always. Of several rules one that refuses beats one that only reports, and then the
  // first one written is named.
  Verdict verdict(CommandId id) {
    if (first_match(allow_, id)) return {};
    const std::string quoted = "'" + display_name(command(id)) + "'";
    for (const config::Mode mode : {config::Mode::kEnforce, config::Mode::kAudit}) {
      for (const ModedRules& block : block_) {
        const Rule* rule = block.mode == mode ? first_match(block.rules, id) : nullptr;
        if (rule == nullptr) continue;
        return refused(quoted, block.named == nullptr ? rule->text() : block.named->name, rule->location(),
                       mode);
      }
    }
    if (command(id).needs_subcommand() && !(is_own_command(id) && lets_through_behind(id)))
      return unknown_verdict("unknown sub-command of " + quoted);
    return {};
  }

  // Of ours nothing is unknown: who may call any of it is told what there is.
  bool lets_through_behind(CommandId container) {
    for (CommandId id = container + 1; id < commands().size(); ++id)
      if (verdict(id).decision != Decision::kRefuse) return true;
    return false;
  }

  Verdict unknown_verdict(const std::string& what) {
    if (environment_.unknown_commands == config::UnknownCommands::kAllow) return {};
    return refused(what, kUnknownRule, environment_.where.to_string(), environment_.mode);
  }

  Verdict refused(std::string_view what, std::string_view rule, const std::string& location,
                  config::Mode mode) {
    Verdict verdict;
    verdict.decision = mode == config::Mode::kAudit ? Decision::kObserve : Decision::kRefuse;
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
  const std::vector<ModedRules>& block_;
  const std::vector<Rule>& allow_;
  std::shared_ptr<Policy> policy_{new Policy()};
};

std::shared_ptr<const Policy> Policy::compile(const config::Environment& environment,
                                              config::ProblemList& problems) {
  const size_t before = problems.errors();
  const std::string place = " of [environment." + printable(environment.name) + "]";
  std::vector<ModedRules> block;
  block.push_back({parse_rules(environment.block, "block" + place, problems), environment.mode});
  for (const config::BlockRule& rule : environment.rules) {
    const std::string of_rule = "block of rule '" + printable(rule.name) + "'" + place;
    block.push_back(
        {parse_rules(rule.block, of_rule, problems), rule.mode.value_or(environment.mode), &rule});
  }
  const std::vector<Rule> allow = parse_rules(environment.allow, "allow" + place, problems);
  Users users = Users::compile(environment, problems);
  Limits limits = Limits::compile(environment, problems);
  if (problems.errors() > before) return nullptr;
  return PolicyCompiler(environment, block, allow, std::move(users)).compile(std::move(limits));
}

Result<std::shared_ptr<const Policy>> Policy::compile(const config::Environment& environment) {
  config::ProblemList problems(environment.where.file);
  if (auto policy = compile(environment, problems)) return policy;
  return Error(ErrorCode::kInvalid, problems.lines().front());
}

std::string Policy::unknown_command_reply(std::string_view name) const {
  return refusal("unknown command '" + printable(name, kMaxShownName) + "'", environment_, kUnknownRule);
}

}  // namespace holdfast::policy
