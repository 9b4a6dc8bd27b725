#include "policy/acl_selector.h"

#include <algorithm>

#include "policy/any_case.h"

namespace holdfast::policy {
namespace {

constexpr uint8_t kMayRead = 1;
constexpr uint8_t kMayWriteKey = 2;

// acl.c, ACLStringHasSpaces().
bool has_spaces(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; });
}

std::string describe_pattern(const PatternSet::Entry& entry) {
  // "~*" would be allkeys, after which Redis takes no further pattern.
  const std::string_view all = entry.pattern == "*" ? "%RW~" : "~";
  if (entry.permissions == (kMayRead | kMayWriteKey)) return std::string(all) + entry.pattern;
  if (entry.permissions == kMayWriteKey) return "%W~" + entry.pattern;
  return (entry.permissions == kMayRead ? "%R~" : "%~") + entry.pattern;
}

}  // namespace

AclError AclSelector::apply(std::string_view rule) {
  if (rule.empty()) return AclError::kNone;
  if (equal_any_case(rule, "allkeys") || rule == "~*") {
    all_keys_ = true;
    keys_.clear();
  } else if (equal_any_case(rule, "resetkeys")) {
    all_keys_ = false;
    keys_.clear();
  } else if (equal_any_case(rule, "allchannels") || rule == "&*") {
    all_channels_ = true;
    channels_.clear();
  } else if (equal_any_case(rule, "resetchannels")) {
    all_channels_ = false;
    channels_.clear();
  } else if (rule.front() == '~' || rule.front() == '%') {
    return add_key_pattern(rule);
  } else if (rule.front() == '&') {
    if (all_channels_) return AclError::kChannelsAfterAll;
    if (has_spaces(rule)) return AclError::kSyntax;
    channels_.add(rule.substr(1), 0);
  } else if (rule.front() == '+' || rule.front() == '-' || equal_any_case(rule, "allcommands") ||
             equal_any_case(rule, "nocommands")) {
    return commands_.apply(rule);
  } else {
    return AclError::kSyntax;
  }
  return AclError::kNone;
}

AclError AclSelector::add_key_pattern(std::string_view rule) {
  if (all_keys_) return AclError::kKeysAfterAll;
  uint8_t permissions = kMayRead | kMayWriteKey;
  size_t at = 1;
  if (rule.front() == '%') {
    permissions = 0;
    for (; at < rule.size() && rule[at] != '~'; ++at) {
      const uint8_t permission = lower(rule[at]) == 'r'   ? kMayRead
                                 : lower(rule[at]) == 'w' ? kMayWriteKey
                                                          : 0;
      if (permission == 0 || (permissions & permission) != 0) return AclError::kSyntax;
      permissions |= permission;
    }
    at = std::min(at + 1, rule.size());
  }
  if (has_spaces(rule)) return AclError::kSyntax;
  keys_.add(rule.substr(at), permissions);
  return AclError::kNone;
}

void AclSelector::seal() {
  keys_.seal();
  channels_.seal();
}

bool AclSelector::allows_key(std::string_view key, const KeyUse& use) const {
  return keys_.matches(
      key, static_cast<uint8_t>((use.needs_read() ? kMayRead : 0) | (use.needs_write() ? kMayWriteKey : 0)));
}

bool AclSelector::allows_reading_all_keys() const {
  return keys_.contains("*", kMayRead);
}

// A pattern to subscribe to must be among the patterns as it is (acl.c, ACLCheckChannelAgainstList).
bool AclSelector::allows_channel(std::string_view name, KeyKind kind) const {
  return kind == KeyKind::kChannelPattern ? channels_.contains(name, 0) : channels_.matches(name, 0);
}

AclVerdict AclSelector::check(CommandId id, std::span<const std::string_view> arguments,
                              const KeyUses& uses) const {
  if (!commands_.allows(id, arguments)) return {AclDenial::kCommand, 0};
  if (all_keys_ && all_channels_) return {};
  // The keys first, as in Redis: of several reasons the same one is told.
  if (!all_keys_) {
    for (const KeyUse& use : uses.all()) {
      if (use.kind == KeyKind::kKey) {
        if (use.argument < arguments.size() && !allows_key(arguments[use.argument], use))
          return {AclDenial::kKey, use.argument};
      } else if (use.kind == KeyKind::kKeyPattern) {
        if (!allows_reading_all_keys()) return {AclDenial::kKey, use.argument};
      }
    }
    if (!uses.all_known()) return {AclDenial::kUnknownKeys, 0};
  }
  if (!all_channels_) {
    for (const KeyUse& use : uses.all()) {
      if ((use.access & (kSubscribe | kPublish)) == 0 || use.argument >= arguments.size()) continue;
      if (!allows_channel(arguments[use.argument], use.kind)) return {AclDenial::kChannel, use.argument};
    }
  }
  return {};
}

bool AclSelector::always_allows(CommandId id) const {
  return commands_.always_allows(id) && ((all_keys_ && all_channels_) || !may_name_keys(id));
}

std::string AclSelector::describe_keys() const {
  if (all_keys_) return "~*";
  std::string text;
  for (const auto& entry : keys_.entries()) text += (text.empty() ? "" : " ") + describe_pattern(entry);
  return text;
}

std::string AclSelector::describe_channels() const {
  if (all_channels_) return "&*";
  std::string text;
  for (const auto& entry : channels_.entries()) text += (text.empty() ? "&" : " &") + entry.pattern;
  return text;
}

std::string AclSelector::describe() const {
  std::string text = describe_keys();
  if (!text.empty()) text += ' ';
  if (!all_channels_) text += "resetchannels ";
  text += describe_channels();
  if (text.back() != ' ') text += ' ';
  return text + describe_commands();
}

}  // namespace holdfast::policy
