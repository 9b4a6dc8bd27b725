// A command of the stream as it is told to a person or a machine: without the megabytes of its values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal/command_reader.h"

namespace holdfast::journal {

struct NotedCommand {
  static constexpr size_t kArgumentsMax = 32;
  static constexpr size_t kArgumentBytes = 128;

  // The first kArgumentsMax, the first kArgumentBytes of each; the name in upper case.
  std::vector<std::string> arguments;
  std::vector<uint64_t> sizes;  // what these really have
  uint64_t argument_count = 0;
  uint64_t start = 0;  // replication offset before it
  uint64_t end = 0;    // and after it: `restore --to <end>` has it
  int64_t time_ms = 0;
  int db = 0;
  bool in_transaction = false;

  // SET order:1 "two words"; quoted as redis-cli does, cut at about `width` columns with "...".
  std::string text(size_t width) const;
};

// `time_ms`: of its group.
NotedCommand note_command(const StreamCommand& command, int64_t time_ms);

// An argument as redis-cli quotes it, where it needs that.
std::string quoted(std::string_view argument);

}  // namespace holdfast::journal
