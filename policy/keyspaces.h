// The keyspaces of an environment: which rules hold for a key, and what they say to a command.
//
// For each key the first keyspace that has a matching pattern holds, as they are written. Compiled once (and
// again on a reload), then immutable: any thread may decide with it. A decision allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "policy/command_table.h"
#include "policy/decision.h"
#include "policy/key_positions.h"
#include "policy/owed_ttls.h"
#include "policy/ttl_effect.h"

namespace holdfast::policy {

// What a keyspace has against a command.
enum class KeyObjection : uint8_t {
  kNone,
  kTtlForbidden,
  kTtlMissing,  // it would live for ever
  kTtlTooLong,
  kTtlUnknown,   // it gets that of another key, which need not keep this keyspace's rule
  kType,         // the command is about another type
  kTypeUnknown,  // it gets that of another key
  kValueTooLarge,
  kValueUnknown,  // it gets that of another key
  kScript,        // nobody can tell what a script does to it
};

struct KeyspaceVerdict {
  Decision decision = Decision::kAllow;
  // What the strictest of its keys asks for; meaningful for a command that may write.
  config::Durability durability = config::Durability::kNone;
  // kRefuse and kObserve:
  const config::Keyspace* keyspace = nullptr;
  KeyObjection objection = KeyObjection::kNone;
  std::string_view key;  // into the arguments
  // The strictest critical keyspace in which it may write a key: it must not run on a Redis that may evict
  // it.
  const config::Keyspace* critical = nullptr;
  std::string_view critical_key;
};

class Keyspaces {
 public:
  Keyspaces() = default;
  explicit Keyspaces(const config::Environment& environment);

  bool empty() const { return spaces_.empty(); }
  // Must a command of this kind be decided by its arguments?
  bool concerns(CommandId id) const;
  // The strictest durability of the environment and its keyspaces: for what may write any key.
  config::Durability strictest() const { return strictest_; }
  bool has_critical() const { return has_critical_; }

  // The keyspace of a key; null when none matches.
  const config::Keyspace* find(std::string_view key) const;

  // `uses`: of find_keys(). `now_ms`: the time of day. `owed`: null unless the command is to be queued in a
  // transaction; then a key without a TTL may still get one, and is noted there. Deciding the same command
  // twice changes nothing.
  KeyspaceVerdict decide(CommandId id, std::span<const std::string_view> arguments, const KeyUses& uses,
                         int64_t now_ms, OwedTtls* owed = nullptr) const;

  // "-NOPERM holdfast: 'EXPIRE' on key 'order:1' (a TTL is forbidden) is blocked in environment 'prod' (rule
  // 'orders')\r\n"
  std::string refusal(CommandId id, const KeyspaceVerdict& verdict) const;
  // The same for EXEC, of a transaction that leaves this key without a TTL.
  std::string owed_refusal(std::string_view key) const;

 private:
  struct Pattern {
    std::string_view text;
    bool is_prefix;  // plain text and one * at the end: text is without it
  };
  struct Space {
    const config::Keyspace* config;
    std::vector<Pattern> patterns;
    config::Durability durability;
    config::Mode mode;
    bool has_rules;  // ttl, type or max_value
  };

  const Space* space_of(std::string_view key) const;
  KeyObjection object(const Space& space, struct KeyedCommand& command, const KeyUse& use) const;
  KeyObjection object_to_ttl(const Space& space, const TtlEffect& effect, std::string_view key,
                             OwedTtls* owed) const;

  std::string environment_;
  std::shared_ptr<const std::vector<config::Keyspace>> configs_;
  std::vector<Space> spaces_;
  bool scripts_are_known_ = false;                      // only reviewed ones run
  config::Durability own_ = config::Durability::kNone;  // of the environment
  config::Durability strictest_ = config::Durability::kNone;
  bool has_critical_ = false;
  bool any_type_ = false;
};

}  // namespace holdfast::policy
