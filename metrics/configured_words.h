// What the configuration calls its modes and durabilities, for those who show them. Pure; any thread.
#pragma once

#include "config/keyspace.h"

namespace holdfast::metrics {

inline const char* name_of(config::Mode mode) {
  return mode == config::Mode::kAudit ? "audit" : "enforce";
}

inline const char* name_of(config::Durability durability) {
  switch (durability) {
    case config::Durability::kNone:
      return "none";
    case config::Durability::kAsync:
      return "async";
    case config::Durability::kSync:
      break;
  }
  return "sync";
}

}  // namespace holdfast::metrics
