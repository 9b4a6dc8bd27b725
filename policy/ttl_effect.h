// What a command does to the time to live of one key that it may write, as far as the request itself tells.
// Facts of Redis 7.0 (t_string.c, expire.c, db.c, cluster.c and setKey() in the commands that store). Pure;
// any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "policy/command_table.h"

namespace holdfast::policy {

struct TtlEffect {
  enum class Kind : uint8_t {
    kNone,       // leaves it as it is, or removes the key; never makes a key
    kSets,       // the key lives for lives_ms afterwards (or not at all, when that is not positive)
    kClears,     // the key lives for ever afterwards
    kMayCreate,  // leaves it as it is; a key that it makes lives for ever
    kInherits,   // afterwards it is that of another key, `from`
    kUnknown,    // a script: anything
  };
  Kind kind = Kind::kNone;
  int64_t lives_ms = 0;
  std::string_view from = {};
  // kSets: if the key is there, it has a TTL afterwards whatever was before (or is gone), also when other
  // arguments could make Redis refuse the command: EXPIRE and its family without XX and GT.
  bool always = false;

  // Longer than any number can say.
  static constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();
};

// `now_ms` is the time of day, for the absolute times among the arguments.
// `key_index` is the key's place in `arguments`; `writes` says whether the command may write that key.
// A number that Redis refuses has no effect. Allocates nothing.
TtlEffect ttl_effect(CommandId id, std::span<const std::string_view> arguments, size_t key_index, bool writes,
                     int64_t now_ms);

}  // namespace holdfast::policy
