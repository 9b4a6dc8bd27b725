// What a command waits for on account of the journal. Plain values.
#pragma once

#include <cstdint>

#include "config/keyspace.h"

namespace holdfast::proxy {

// What a command waits for before its reply leaves, and before it is sent at all.
enum class Gating : uint8_t {
  kNone,         // a read, or durability = "none"
  kHoldRead,     // a read with reads = "durable": its reply waits until what it saw is on disk
  kNeedJournal,  // durability = "async": the journal must be able to take it
  kHold,         // durability = "sync": and its reply waits until it has
};

constexpr Gating gating_of(config::Durability durability) {
  if (durability == config::Durability::kNone) return Gating::kNone;
  return durability == config::Durability::kSync ? Gating::kHold : Gating::kNeedJournal;
}

// What a command waits for that needs both, or EXEC of commands that need one each.
constexpr Gating combine(Gating one, Gating other) {
  if (one == Gating::kNone || one == other) return other;
  return other == Gating::kNone ? one : Gating::kHold;
}

constexpr bool holds_reply(Gating gating) {
  return (static_cast<uint8_t>(gating) & 1) != 0;  // the hot path: one test
}

}  // namespace holdfast::proxy
