#include "policy/acl_commands.h"

#include <algorithm>
#include <climits>

#include "policy/any_case.h"

namespace holdfast::policy {
namespace {

constexpr std::string_view kAllCategory = "all";

// The sub-commands of a container have its name and a bar before their own.
bool is_subcommand_of(const CommandInfo& command, std::string_view container) {
  return command.name.size() > container.size() && command.name[container.size()] == '|' &&
         command.name.starts_with(container);
}

uint32_t category_of(std::string_view name) {
  return category_bit(lower(name));
}

}  // namespace

void AclCommands::set_bit(CommandId id, bool allowed) {
  const uint64_t mask = uint64_t{1} << (id % 64);
  bits_[id / 64] = allowed ? bits_[id / 64] | mask : bits_[id / 64] & ~mask;
}

void AclCommands::set(CommandId id, bool allowed) {
  set_bit(id, allowed);
  first_arguments_.erase(id);
  has_first_arguments_ = !first_arguments_.empty();
  if (!command(id).has(kContainer)) return;
  // A container's sub-commands follow it in the table, or stand among the newer ones.
  for (CommandId other = 1; other < commands().size(); ++other) {
    if (is_subcommand_of(command(other), command(id).name)) set_bit(other, allowed);
  }
}

void AclCommands::set_category(uint32_t category, bool allowed) {
  for (CommandId id = 1; id < commands().size(); ++id) {
    if ((command(id).categories & category) != 0) set(id, allowed);
  }
}

void AclCommands::set_all(bool allowed) {
  std::fill(bits_.begin(), bits_.end(), allowed ? ~uint64_t{0} : 0);
  first_arguments_.clear();
  has_first_arguments_ = false;
}

AclError AclCommands::apply(std::string_view rule) {
  if (equal_any_case(rule, "allcommands") || equal_any_case(rule, "nocommands")) {
    set_all(lower(rule.front()) == 'a');
    return AclError::kNone;
  }
  const bool allowed = rule.front() == '+';
  const std::string_view name = rule.substr(1);
  if (name.starts_with('@')) {
    const std::string_view category = name.substr(1);
    if (equal_any_case(category, kAllCategory)) {
      set_all(allowed);
      return AclError::kNone;
    }
    const uint32_t known = category_of(category);
    if (known == 0) return AclError::kUnknownName;
    set_category(known, allowed);
    return AclError::kNone;
  }
  const size_t bar = name.rfind('|');
  const CommandId whole = find_command(name);
  if (bar == std::string_view::npos || !allowed) {
    if (whole == kUnknownCommand) return AclError::kUnknownName;
    set(whole, allowed);
    return AclError::kNone;
  }
  const CommandId before_bar = find_command(name.substr(0, bar));
  const std::string_view argument = name.substr(bar + 1);
  if (before_bar == kUnknownCommand) return AclError::kUnknownName;
  if (command(before_bar).name.find('|') != std::string_view::npos)
    return AclError::kFirstArgumentOfSubcommand;
  if (argument.empty()) return AclError::kSyntax;
  if (command(before_bar).has(kContainer)) {
    if (whole == kUnknownCommand) return AclError::kUnknownName;
    set(whole, true);
    return AclError::kNone;
  }
  std::vector<std::string>& known = first_arguments_[before_bar];
  has_first_arguments_ = true;
  if (std::none_of(known.begin(), known.end(),
                   [&](const std::string& other) { return equal_any_case(other, argument); }))
    known.emplace_back(argument);
  return AclError::kNone;
}

bool AclCommands::allows_first_argument(CommandId id, std::span<const std::string_view> arguments) const {
  const auto known = first_arguments_.find(id);
  if (known == first_arguments_.end() || arguments.size() < 2) return false;
  return std::any_of(known->second.begin(), known->second.end(),
                     [&](const std::string& argument) { return equal_any_case(argument, arguments[1]); });
}

// The way of Redis (ACLDescribeSelectorCommandRules): from everything or nothing, the categories that bring
// it nearest, then the commands that are still different.
std::string AclCommands::describe() const {
  const bool additive = !allows_unknown();
  const char sign = additive ? '+' : '-';
  std::string rules = additive ? "-@all" : "+@all";
  AclCommands made;
  made.set_all(!additive);
  AclCommands left = *this;
  std::vector<bool> applied(category_names().size());
  for (;;) {
    size_t best = applied.size();
    int least_different = INT_MAX, most_same = 0;
    for (size_t i = 0; i < applied.size(); ++i) {
      if (applied[i]) continue;
      int on = 0, off = 0;
      for (CommandId id = 1; id < commands().size(); ++id) {
        if ((command(id).categories & uint32_t{1} << i) != 0) ++(left.bit(id) ? on : off);
      }
      const int different = additive ? off : on, same = additive ? on : off;
      if (same <= different) continue;
      if (different > least_different || (different == least_different && same <= most_same)) continue;
      best = i, least_different = different, most_same = same;
    }
    if (best == applied.size()) break;
    made.set_category(uint32_t{1} << best, additive);
    left.set_category(uint32_t{1} << best, !additive);
    applied[best] = true;
    rules.append(1, ' ').append(1, sign).append("@").append(category_names()[best]);
  }
  const auto emit = [&](CommandId id) {
    if (bit(id) != made.bit(id)) {
      rules.append(bit(id) ? " +" : " -").append(command(id).name);
      made.set(id, bit(id));
    }
    const auto arguments = first_arguments_.find(id);
    if (bit(id) || arguments == first_arguments_.end()) return;
    for (const std::string& argument : arguments->second)
      rules.append(" +").append(command(id).name).append("|").append(argument);
  };
  // A rule for a container changes its sub-commands, so these come after it.
  const auto is_subcommand = [](CommandId id) {
    return command(id).name.find('|') != std::string_view::npos;
  };
  for (CommandId id = 1; id < commands().size(); ++id) {
    if (!is_subcommand(id)) emit(id);
  }
  for (CommandId id = 1; id < commands().size(); ++id) {
    if (is_subcommand(id)) emit(id);
  }
  return rules;
}

}  // namespace holdfast::policy
