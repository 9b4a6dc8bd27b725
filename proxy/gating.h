// What a command waits for on account of the journal. Plain values.
#pragma once

#include <cstdint>

#include "config/keyspace.h"

namespace holdfast::proxy {

// What a write waits for before its reply leaves, and before it is sent at all. Each is stricter than the one
// before.
enum class Gating : uint8_t {
  kNone,         // not a write, or durability = "none"
  kNeedJournal,  // durability = "async": the journal must be able to take it
  kHold,         // durability = "sync": and its reply waits until it has
};

constexpr Gating gating_of(config::Durability durability) {
  if (durability == config::Durability::kNone) return Gating::kNone;
  return durability == config::Durability::kSync ? Gating::kHold : Gating::kNeedJournal;
}

}  // namespace holdfast::proxy
