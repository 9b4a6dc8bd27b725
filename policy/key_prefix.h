// key_prefix: what an environment calls "a" is "<prefix>a" in Redis. Requests are rewritten here; their
// replies by proxy/prefixed_replies.h, in the form that a request tells.
//
// The prefix has no character that means something in a pattern (config refuses it), so it can stand before
// patterns as well. Constant after construction; any thread, with a scratch of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/command_table.h"
#include "policy/key_positions.h"

namespace holdfast::policy {

// Where a reply has names of keys or channels.
enum class ReplyForm : uint8_t {
  kPlain,        // nowhere
  kErrors,       // in its errors only
  kName,         // it is one
  kEach,         // every element of an array
  kScan,         // every element of the array that follows the cursor
  kFirst,        // the first element
  kStreams,      // the first of each pair (RESP2: an array of pairs; RESP3: a map)
  kEverySecond,  // the first, third ... element
  kInfo,         // a section that tells the number of all keys
  kExec,         // the replies of a transaction
};

class KeyPrefix {
 public:
  KeyPrefix() = default;
  // `scripts_are_confined`: Redis itself lets scripts reach keys with the prefix only (upstream_rules.h).
  KeyPrefix(std::string prefix, bool scripts_are_confined);

  bool empty() const { return prefix_.empty(); }
  const std::string& text() const { return prefix_; }

  // Nothing: the command can be served. Otherwise why not, as a clause: "which would reach ...".
  std::string_view objection(CommandId id, std::span<const std::string_view> arguments,
                             const KeyUses& uses) const;
  // Is there anything to rewrite in commands of this kind, or to refuse?
  static bool concerns(CommandId id);

  // Does it reach keys or show names that it is not given? Then no script may call it.
  static bool reaches_beyond_its_keys(CommandId id);
  // Can it be served only with the rights to all keys, although what it shows is only the client's own? KEYS,
  // SCAN, SORT with patterns.
  static bool needs_all_keys(CommandId id, const KeyUses& uses);

  static ReplyForm reply_form(CommandId id);

  // Appends the request, as RESP, with every name in its place. `uses`: of find_keys().
  void rewrite(CommandId id, std::span<const std::string_view> arguments, const KeyUses& uses,
               std::string& out) const;

  // "__keyspace@0__:a", "__keyevent@0__:set" and "__redis__:invalidate" are names of Redis's own, the first
  // one with a key in it.
  std::string channel(std::string_view name) const;
  // The other way round: how the client calls this channel.
  std::string own_name(std::string_view channel) const;

 private:
  std::string prefix_;
  bool scripts_are_confined_ = false;
};

}  // namespace holdfast::policy
