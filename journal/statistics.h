// What a generation consists of: which commands, how many, how large. `holdfast journal stat`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "journal/archive.h"
#include "journal/noted_command.h"

namespace holdfast::journal {

struct Statistics {
  struct Count {
    uint64_t commands = 0;
    uint64_t bytes = 0;
  };

  uint64_t generation = 0;
  uint64_t bases = 0;
  uint64_t base_bytes = 0;
  uint64_t segments = 0;
  uint64_t segment_bytes = 0;
  uint64_t start = 0;  // replication offsets
  uint64_t end = 0;
  int64_t from_ms = 0;
  int64_t to_ms = 0;

  uint64_t groups = 0;
  uint64_t largest_group_bytes = 0;
  uint64_t commands = 0;  // without what Redis adds
  uint64_t transactions = 0;
  std::map<std::string, Count> by_command;  // upper case
  std::map<int, Count> by_db;
  std::optional<NotedCommand> largest;
  uint64_t busiest_second_commands = 0;
  int64_t busiest_second_ms = 0;
};

// Reads all segments; kCorrupt when that is not possible.
Result<Statistics> count_generation(const OpenGeneration& generation,
                                    const std::function<Status(uint64_t)>& progress = {});

}  // namespace holdfast::journal
