// Which arguments of a command name keys, channels or patterns of keys, and what the command does to them.
//
// The words are those of Redis 7's key specifications
// (https://redis.io/docs/latest/develop/reference/key-specs/), which is also what ACL rules are about: %R~ is
// needed for kAccess, %W~ for kInsert, kUpdate and kDelete. Every option is read by the command's own
// grammar, so that an option given twice, or a name that looks like an option, hides no key. Pure: any
// thread, with a KeyUses of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "policy/command_table.h"

namespace holdfast::policy {

enum class KeyKind : uint8_t {
  kKey,
  kChannel,         // PUBLISH, SUBSCRIBE, UNSUBSCRIBE
  kShardChannel,    // the same with S
  kChannelPattern,  // PSUBSCRIBE, PUNSUBSCRIBE
  kKeyPattern,      // SORT BY and GET: keys made of this pattern and the elements are read
};

enum KeyAccess : uint16_t {
  // What the command does to the key. Exactly one of these for a kKey.
  kKeyReadOnly = 1u << 0,   // RO: neither value nor metadata change
  kKeyReadWrite = 1u << 1,  // RW: changes the value or its metadata
  kKeyOverwrite = 1u << 2,  // OW: replaces the value, whatever it was
  kKeyRemove = 1u << 3,     // RM: deletes the key
  // What of the value the user gets, or changes. Perhaps none (EXISTS, LLEN).
  kKeyAccess = 1u << 4,  // ACCESS: returns or copies data
  kKeyUpdate = 1u << 5,  // UPDATE
  kKeyInsert = 1u << 6,  // INSERT: adds data, changes none
  kKeyDelete = 1u << 7,  // DELETE: removes data
  // Of channels.
  kSubscribe = 1u << 8,
  kUnsubscribe = 1u << 9,
  kPublish = 1u << 10,
};

struct KeyUse {
  uint32_t argument;  // its index; 0 is the command's name
  KeyKind kind;
  uint16_t access;  // bits of KeyAccess

  // What a user needs for it: %R~ and %W~ of Redis's ACL.
  bool needs_read() const { return (access & kKeyAccess) != 0; }
  bool needs_write() const { return (access & (kKeyUpdate | kKeyInsert | kKeyDelete)) != 0; }
  // May the key, its value or its metadata be another after the command?
  bool changes() const { return (access & (kKeyReadWrite | kKeyOverwrite | kKeyRemove)) != 0; }

  friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

// Filled by find_keys(). Keep one and use it again: once it has grown it allocates nothing.
class KeyUses {
 public:
  KeyUses() { uses_.reserve(kUsual); }

  // In the order of the command's specification, which need not be that of the arguments.
  const std::vector<KeyUse>& all() const { return uses_; }
  // False when there may be keys besides all(): an unknown command, or a count of keys that makes no sense
  // (Redis answers that one with an error). A script that reads keys it does not name is not meant.
  bool all_known() const { return all_known_; }

  void clear() {
    if (uses_.capacity() > kKept) [[unlikely]]
      uses_ = {};
    uses_.clear();
    all_known_ = true;
  }
  void add(size_t argument, uint16_t access, KeyKind kind = KeyKind::kKey) {
    uses_.push_back({static_cast<uint32_t>(argument), kind, access});
  }
  void mark_incomplete() { all_known_ = false; }

 private:
  static constexpr size_t kUsual = 16;
  static constexpr size_t kKept = 16'384;  // one huge MSET must not keep its memory for ever

  std::vector<KeyUse> uses_;
  bool all_known_ = true;
};

// `id` is find_command()'s answer for the same arguments, which begin with the command's name. `total` is how
// many arguments the command has when only the first ones are at hand (a request too large to gather): keys
// among the others make the answer incomplete. What `out` held before is forgotten.
void find_keys(CommandId id, std::span<const std::string_view> arguments, KeyUses& out, size_t total = 0);

// Could any command line of this command name a key (or channel)? False for PING; true for an unknown
// command.
bool may_name_keys(CommandId id);

}  // namespace holdfast::policy
