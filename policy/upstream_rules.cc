#include "policy/upstream_rules.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "policy/command_facts.h"

namespace holdfast::policy {
namespace {

constexpr std::string_view kScriptCommands[] = {"eval",  "evalsha",  "eval_ro",
                                                "fcall", "fcall_ro", "evalsha_ro"};

bool is_newer(CommandId id) {
  return std::any_of(kNewerCommands.begin(), kNewerCommands.end(),
                     [&](const CommandInfo& newer) { return newer.name == command(id).name; });
}

bool lets_through(const Policy& policy, CommandId id) {
  if (!policy.key_prefix().empty() && KeyPrefix::reaches_beyond_its_keys(id)) return false;
  return policy.decide(id).decision != Decision::kRefuse;
}

// What one selector lets through in this environment; null: everything.
class Rights {
 public:
  Rights(const Policy& policy, const AclSelector* selector) : policy_(policy), selector_(selector) {}

  bool allows(CommandId id) const {
    return lets_through(policy_, id) && (selector_ == nullptr || selector_->commands().always_allows(id));
  }

  std::vector<std::string> rules() const {
    std::vector<std::string> rules;
    // In Redis, names have the prefix of the environment; it has no wildcard in it.
    const std::string& prefix = policy_.key_prefix().text();
    rules.emplace_back("resetchannels");
    if (selector_ == nullptr) {
      rules.push_back("~" + prefix + "*");
    } else {
      add_patterns(selector_->describe_keys(), '~', rules);
    }
    // All channels stay all: Redis lets a client subscribe only to the very patterns of its rules.
    if (selector_ == nullptr || selector_->all_channels())
      rules.emplace_back("&*");
    else
      add_patterns(selector_->describe_channels(), '&', rules);
    // Everything, also what is not known here, less what is not allowed; or what is allowed.
    const bool all = allows(kUnknownCommand);
    rules.emplace_back(all ? "+@all" : "-@all");
    for (CommandId id = 1; id < commands().size(); ++id) {
      if (is_newer(id) || is_own_command(id) || command(id).needs_subcommand()) continue;
      if (allows(id) && !all) rules.push_back("+" + std::string(command(id).name));
      // "+command" has let its sub-commands through as well.
      if (!allows(id) && (all || command(id).name.starts_with("command|")))
        rules.push_back("-" + std::string(command(id).name));
    }
    if (selector_ == nullptr) return rules;
    for (const auto& [id, arguments] : selector_->commands().first_arguments()) {
      if (!lets_through(policy_, id) || is_own_command(id)) continue;
      for (const std::string& argument : arguments)
        rules.push_back("+" + std::string(command(id).name) + "|" + argument);
    }
    return rules;
  }

 private:
  // "~a* %R~b*" with the prefix in each pattern.
  void add_patterns(std::string_view text, char sign, std::vector<std::string>& rules) const {
    const KeyPrefix& prefix = policy_.key_prefix();
    while (!text.empty()) {
      const size_t end = std::min(text.find(' '), text.size());
      const size_t pattern_at = text.find(sign) + 1;
      const std::string_view pattern = text.substr(pattern_at, end - pattern_at);
      rules.push_back(std::string(text.substr(0, pattern_at)) +
                      (sign == '&' ? prefix.channel(pattern) : prefix.text() + std::string(pattern)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  const Policy& policy_;
  const AclSelector* selector_;
};

}  // namespace

bool needs_own_rights(const Policy& policy, const User* user) {
  for (CommandId id = 0; id < commands().size(); ++id) {
    if (is_own_command(id)) continue;
    if (!lets_through(policy, id) || (user != nullptr && !user->acl.always_allows(id))) return true;
  }
  return false;
}

bool may_run_scripts(const Policy& policy, const User* user) {
  return std::any_of(std::begin(kScriptCommands), std::end(kScriptCommands), [&](std::string_view name) {
    const CommandId id = find_command(name);
    return lets_through(policy, id) && (user == nullptr || !user->acl.never_allows(id));
  });
}

std::vector<std::string> upstream_rules(const Policy& policy, const User* user) {
  std::vector<std::string> rules = {"reset", "on"};
  const auto append = [&](std::vector<std::string> more) {
    rules.insert(rules.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(Rights(policy, user == nullptr ? nullptr : &user->acl.root()).rules());
  // Holdfast's own questions behind a write and inside MULTI. No script can ask them.
  rules.emplace_back("+role");
  rules.emplace_back("+client|info");
  if (user == nullptr) return rules;
  for (const AclSelector& more : user->acl.selectors()) {
    std::string selector;
    for (const std::string& rule : Rights(policy, &more).rules())
      selector.append(selector.empty() ? "(" : " ").append(rule);
    rules.push_back(selector + ")");
  }
  return rules;
}

std::vector<std::string> upstream_rules_for_newer_servers(const Policy& policy, const User* user) {
  std::vector<std::string> rules;
  for (const CommandInfo& newer : kNewerCommands) {
    const CommandId id = find_command(newer.name);
    if (Rights(policy, user == nullptr ? nullptr : &user->acl.root()).allows(id))
      rules.push_back("+" + std::string(newer.name));
  }
  return rules;
}

}  // namespace holdfast::policy
