#include "policy/keyspaces.h"

#include <algorithm>

#include "config/units.h"
#include "policy/glob.h"
#include "policy/key_types.h"
#include "policy/refusal.h"
#include "policy/value_size.h"

namespace holdfast::policy {

using config::Durability;
using config::TtlRule;

// A command while it is decided.
struct KeyedCommand {
  CommandId id;
  std::span<const std::string_view> arguments;
  int64_t now_ms;
  OwedTtls* owed;
  ValueSize size;
};

namespace {

constexpr size_t kMaxShownKey = 64;

bool is_script(CommandId id) {
  static const CommandId scripts[] = {find_command("eval"), find_command("evalsha"), find_command("fcall")};
  return std::ranges::find(scripts, id) != std::end(scripts);
}

bool wants_ttl(const TtlRule& rule) {
  return rule.kind == TtlRule::Kind::kRequire || rule.kind == TtlRule::Kind::kMax;
}

// Does every key that keeps `other` keep `rule` too?
bool follows_from(const TtlRule& rule, const TtlRule& other) {
  switch (rule.kind) {
    case TtlRule::Kind::kAny:
      return true;
    case TtlRule::Kind::kForbid:
      return other.kind == TtlRule::Kind::kForbid;
    case TtlRule::Kind::kRequire:
      return wants_ttl(other);
    case TtlRule::Kind::kMax:
      return other.kind == TtlRule::Kind::kMax && other.max_ms <= rule.max_ms;
  }
  return false;
}

std::string_view type_name(config::KeyType type) {
  constexpr std::string_view kNames[] = {"string", "list", "set", "sorted set", "hash", "stream"};
  return kNames[static_cast<size_t>(type)];
}

std::string lifetime(const TtlRule& rule) {
  if (rule.kind != TtlRule::Kind::kMax) return "a TTL";
  return "a TTL of at most " + config::format_duration(rule.max_ms);
}

std::string reason(KeyObjection objection, const config::Keyspace& keyspace) {
  const std::string size = config::format_size(keyspace.max_value_bytes.value_or(0));
  switch (objection) {
    case KeyObjection::kNone:
      break;
    case KeyObjection::kTtlForbidden:
      return "a TTL is forbidden";
    case KeyObjection::kTtlMissing:
      return lifetime(keyspace.ttl) + " is required";
    case KeyObjection::kTtlTooLong:
      return "only " + lifetime(keyspace.ttl) + " is allowed";
    case KeyObjection::kTtlUnknown:
      return keyspace.ttl.kind == TtlRule::Kind::kForbid
                 ? "a TTL is forbidden, and it may bring one from the other key"
                 : lifetime(keyspace.ttl) + " is required, and the other key may have none";
    case KeyObjection::kType:
      return "only the type " + std::string(type_name(*keyspace.type)) + " is allowed";
    case KeyObjection::kTypeUnknown:
      return "only the type " + std::string(type_name(*keyspace.type)) +
             " is allowed, and the other key may have another";
    case KeyObjection::kValueTooLarge:
      return "a value has at most " + size;
    case KeyObjection::kValueUnknown:
      return "a value has at most " + size + ", and that of the other key may have more";
    case KeyObjection::kScript:
      return "what a script does to it cannot be checked";
  }
  return "";
}

// What a keyspace does not say is the environment's.
std::shared_ptr<const std::vector<config::Keyspace>> with_defaults(const config::Environment& environment) {
  std::vector<config::Keyspace> keyspaces = environment.keyspaces;
  for (config::Keyspace& keyspace : keyspaces) {
    keyspace.durability = keyspace.durability.value_or(environment.durability.value);
    keyspace.mode = keyspace.mode.value_or(environment.mode);
  }
  return std::make_shared<const std::vector<config::Keyspace>>(std::move(keyspaces));
}

}  // namespace

Keyspaces::Keyspaces(const config::Environment& environment)
    : environment_(environment.name),
      configs_(with_defaults(environment)),
      scripts_are_known_(environment.scripts == config::ScriptMode::kAllowlist),
      own_(environment.durability.value),
      strictest_(environment.durability.value) {
  for (const config::Keyspace& keyspace : *configs_) {
    Space space{&keyspace,
                {},
                *keyspace.durability,
                *keyspace.mode,
                keyspace.ttl.kind != TtlRule::Kind::kAny || keyspace.type || keyspace.max_value_bytes};
    for (const auto& pattern : keyspace.keys) {
      std::string_view text = pattern.value;
      const bool is_prefix = text.find_first_of("*?[\\") == text.size() - 1 && text.back() == '*';
      if (is_prefix) text.remove_suffix(1);
      space.patterns.push_back({text, is_prefix});
    }
    strictest_ = std::max(strictest_, space.durability);
    has_critical_ |= keyspace.critical;
    any_type_ |= keyspace.type.has_value();
    spaces_.push_back(std::move(space));
  }
}

bool Keyspaces::concerns(CommandId id) const {
  if (spaces_.empty() || !may_name_keys(id)) return false;
  return any_type_ || command(id).may_write();
}

const Keyspaces::Space* Keyspaces::space_of(std::string_view key) const {
  for (const Space& space : spaces_) {
    for (const Pattern& pattern : space.patterns) {
      if (pattern.is_prefix ? key.starts_with(pattern.text) : matches_glob(pattern.text, key)) return &space;
    }
  }
  return nullptr;
}

const config::Keyspace* Keyspaces::find(std::string_view key) const {
  const Space* space = space_of(key);
  return space != nullptr ? space->config : nullptr;
}

KeyObjection Keyspaces::object_to_ttl(const Space& space, const TtlEffect& effect, std::string_view key,
                                      OwedTtls* owed) const {
  using Kind = TtlEffect::Kind;
  const TtlRule& rule = space.config->ttl;
  const bool wants = wants_ttl(rule);
  switch (effect.kind) {
    case Kind::kNone:
      return KeyObjection::kNone;
    case Kind::kSets:
      if (rule.kind == TtlRule::Kind::kForbid) return KeyObjection::kTtlForbidden;
      if (rule.kind == TtlRule::Kind::kMax && effect.lives_ms > rule.max_ms) return KeyObjection::kTtlTooLong;
      if (owed != nullptr && effect.always) owed->settle(key);
      return KeyObjection::kNone;
    case Kind::kClears:
    case Kind::kMayCreate:
      if (!wants) return KeyObjection::kNone;
      return owed != nullptr && owed->owe(key) ? KeyObjection::kNone : KeyObjection::kTtlMissing;
    case Kind::kInherits: {
      const Space* other = space_of(effect.from);
      if (!follows_from(rule, other != nullptr ? other->config->ttl : TtlRule{}))
        return KeyObjection::kTtlUnknown;
      if (wants && owed != nullptr && owed->owes(effect.from) && !owed->owe(key))
        return KeyObjection::kTtlMissing;
      return KeyObjection::kNone;
    }
    case Kind::kUnknown:
      return KeyObjection::kScript;
  }
  return KeyObjection::kScript;
}

KeyObjection Keyspaces::object(const Space& space, KeyedCommand& command, const KeyUse& use) const {
  const config::Keyspace& config = *space.config;
  const bool changes = use.changes();
  if (changes && is_script(command.id))
    return scripts_are_known_ ? KeyObjection::kNone : KeyObjection::kScript;
  const Space* other = nullptr;  // of the key whose value comes here
  const bool moves = takes_type_of_other_key(command.id, use.argument);
  if (moves) other = space_of(command.arguments[1]);
  if (config.type) {
    if (moves && (other == nullptr || other->config->type != config.type)) return KeyObjection::kTypeUnknown;
    if ((key_types(command.id, command.arguments, use.argument, changes) & bit_of(*config.type)) == 0)
      return KeyObjection::kType;
  }
  if (!changes) return KeyObjection::kNone;
  if (config.ttl.kind != TtlRule::Kind::kAny) {
    const TtlEffect effect = ttl_effect(command.id, command.arguments, use.argument, true, command.now_ms);
    const KeyObjection objection =
        object_to_ttl(space, effect, command.arguments[use.argument], command.owed);
    if (objection != KeyObjection::kNone) return objection;
  }
  if (config.max_value_bytes) {
    if (moves &&
        (other == nullptr || other->config->max_value_bytes.value_or(~uint64_t{0}) > *config.max_value_bytes))
      return KeyObjection::kValueUnknown;
    if (command.size.of(use.argument) > *config.max_value_bytes) return KeyObjection::kValueTooLarge;
  }
  return KeyObjection::kNone;
}

KeyspaceVerdict Keyspaces::decide(CommandId id, std::span<const std::string_view> arguments,
                                  const KeyUses& uses, int64_t now_ms, OwedTtls* owed) const {
  KeyspaceVerdict verdict;
  const bool may_write = command(id).may_write();
  KeyedCommand command{id, arguments, now_ms, owed, ValueSize(id, arguments, uses)};
  bool any_key = false;
  for (const KeyUse& use : uses.all()) {
    if (use.kind != KeyKind::kKey) continue;
    any_key = true;
    const std::string_view key = arguments[use.argument];
    const Space* space = space_of(key);
    verdict.durability = std::max(verdict.durability, space != nullptr ? space->durability : own_);
    if (space == nullptr) continue;
    if (space->config->critical && use.changes() &&
        (verdict.critical == nullptr || verdict.critical->on_evictable == config::OnEvictable::kWarn)) {
      verdict.critical = space->config;
      verdict.critical_key = key;
    }
    if (!space->has_rules || verdict.decision == Decision::kRefuse) continue;
    const KeyObjection objection = object(*space, command, use);
    if (objection == KeyObjection::kNone) continue;
    const bool audits = space->mode == config::Mode::kAudit;
    if (audits && verdict.decision == Decision::kObserve) continue;
    verdict.decision = audits ? Decision::kObserve : Decision::kRefuse;
    verdict.keyspace = space->config;
    verdict.objection = objection;
    verdict.key = key;
  }
  // It may write what it does not name.
  if (may_write && (!any_key || !uses.all_known() || is_script(id))) verdict.durability = strictest_;
  return verdict;
}

std::string Keyspaces::refusal(CommandId id, const KeyspaceVerdict& verdict) const {
  const std::string what = "'" + display_name(command(id)) + "' on key '" +
                           printable(verdict.key, kMaxShownKey) + "' (" +
                           reason(verdict.objection, *verdict.keyspace) + ")";
  return holdfast::policy::refusal(what, environment_, verdict.keyspace->name);
}

std::string Keyspaces::owed_refusal(std::string_view key) const {
  const config::Keyspace* keyspace = find(key);
  KeyspaceVerdict verdict;
  verdict.keyspace = keyspace;
  verdict.objection = KeyObjection::kTtlMissing;
  verdict.key = key;
  return refusal(find_command("exec"), verdict);
}

}  // namespace holdfast::policy
