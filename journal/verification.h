// Is every byte of the journal what was written? Each checksum, each base, each manifest.
//
// Any process, any thread, also beside a running Holdfast; see archive.h. Nothing is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/archive.h"

namespace holdfast::journal {

struct Finding {
  std::string file;
  std::optional<uint64_t> byte;      // where in it
  std::optional<uint64_t> byte_end;  // where good bytes begin again, if they do
  std::string what;                  // a sentence
  // Replication offsets that cannot be restored because of it; nothing: all of the file, or none.
  std::optional<uint64_t> offset_from;
  std::optional<uint64_t> offset_end;
};

struct VerificationReport {
  uint64_t generations = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t groups = 0;
  uint64_t commands = 0;  // without what Redis adds
  std::vector<Finding> damage;
  std::vector<std::string> remarks;  // nothing wrong, but worth a word
};

// Generation by generation; `only`: one of them. An error: there is no journal, or reading failed.
Result<VerificationReport> verify_journal(const Archive& archive, std::optional<uint64_t> only,
                                          const std::function<Status(uint64_t)>& progress = {});

}  // namespace holdfast::journal
