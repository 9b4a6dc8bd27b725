// Finds the occurrences of a command in the journal: "the last FLUSHALL".
//
// Every group of the range is read and checked. Any thread; see archive.h.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/cut.h"

namespace holdfast::journal {

// Generations by number, up to an offset of the last one.
struct SearchRange {
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t last_end = std::numeric_limits<uint64_t>::max();
};

struct FoundCommand {
  uint64_t generation = 0;
  uint64_t cut = 0;  // the last offset before it at which a cut may be
  std::string what;  // for a person: which one it is
};

// kInvalid: there is none, or not as many as `occurrence` asks for.
Result<FoundCommand> find_command(const Archive& archive, const SearchRange& range,
                                  const CutRequest& request);

// The rule of CutRequest::before. `wanted` is not empty.
bool matches(std::span<const std::string> wanted, std::span<const std::string_view> arguments);

}  // namespace holdfast::journal
