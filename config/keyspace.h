// One [[environment.<name>.keyspace]]: what holds for the keys that its patterns name. Plain values, see
// config.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/located.h"

namespace holdfast::config {

enum class Mode { kEnforce, kAudit };
enum class Durability { kNone, kAsync, kSync };  // each is stricter than the one before
enum class KeyType { kString, kList, kSet, kZset, kHash, kStream };
enum class OnEvictable { kRefuse, kWarn };

struct TtlRule {
  enum class Kind {
    kAny,
    kForbid,   // a key lives until somebody deletes it
    kRequire,  // a key has a time to live
    kMax,      // a key has one of at most max_ms
  };
  Kind kind = Kind::kAny;
  int64_t max_ms = 0;
};

struct Keyspace {
  std::string name;
  std::vector<Located<std::string>> keys;  // glob patterns as in KEYS; never empty
  std::optional<Durability> durability;    // not set: the environment's
  TtlRule ttl;
  std::optional<uint64_t> max_value_bytes;
  std::optional<KeyType> type;
  bool critical = false;  // no eviction may drop its keys
  OnEvictable on_evictable = OnEvictable::kRefuse;
  std::optional<Mode> mode;  // not set: the environment's
  Location where;            // of the section
};

}  // namespace holdfast::config
