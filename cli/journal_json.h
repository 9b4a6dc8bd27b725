// What the journal commands say to machines: JSON, one line each. Field names are a contract
// (docs/operations.md). Bytes that are not UTF-8 are an object {"hex": "..."}. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "journal/cut.h"
#include "journal/overview.h"
#include "journal/rdb_reader.h"
#include "journal/restore.h"
#include "journal/statistics.h"
#include "journal/verification.h"

namespace holdfast::cli {

// `out` empty: it is served, and what it consists of was not counted. `keys`: of --keys.
std::string restore_json(const journal::Cut& cut, const journal::RestoreReport& report,
                         const std::string& out, std::optional<uint64_t> keys);
std::string overview_json(const std::string& dir, const std::vector<journal::GenerationOverview>& all);
std::string statistics_json(const journal::Statistics& facts);
std::string verification_json(const std::string& dir, const journal::VerificationReport& report);
// A key as a base has it, for history: with "base" in the place of "command". Null: it is not there.
std::string base_key_json(uint64_t generation, const journal::Manifest::Base& base,
                          const journal::RdbKey* key);
// What became of a compaction, in a sentence.
std::string compaction_json(const std::string& dir, const std::string& sentence);
// A command of the stream, for history and tail.
std::string change_json(uint64_t generation, const journal::NotedCommand& command);

}  // namespace holdfast::cli
