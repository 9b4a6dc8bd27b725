// One [[environment.<name>.limit]]: how much of some commands is let through. Plain values, see config.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/keyspace.h"
#include "config/located.h"

namespace holdfast::config {

// "100/s": so many commands in so much time.
struct Rate {
  uint64_t count = 0;
  int64_t period_ms = 0;
};

// Who shares one bucket of a limit.
enum class LimitPer { kUser, kEnvironment, kConnection, kAddress };

// What happens to a read whose reply has no bound of its own (KEYS, LRANGE 0 -1 ...).
enum class UnboundedReads { kAllow, kReport, kLimit, kRefuse };

struct Limit {
  std::string name;
  std::vector<Located<std::string>> commands;  // as in block; empty: all commands
  std::optional<Rate> rate;
  uint64_t burst = 0;  // how many at once after a pause; 0: as many as the rate says
  LimitPer per = LimitPer::kUser;
  std::optional<uint64_t> max_value_bytes;  // of any argument
  std::optional<uint64_t> max_arguments;    // the command's name is not counted
  std::optional<Mode> mode;                 // not set: the environment's
  Location where;                           // of the section
};

}  // namespace holdfast::config
