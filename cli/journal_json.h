// What the journal commands say to machines: JSON, one line each. Field names are a contract
// (docs/operations.md). Bytes that are not UTF-8 are an object {"hex": "..."}. Pure.
#pragma once

#include <string>
#include <vector>

#include "journal/cut.h"
#include "journal/overview.h"
#include "journal/restore.h"
#include "journal/statistics.h"
#include "journal/verification.h"

namespace holdfast::cli {

std::string restore_json(const journal::Cut& cut, const journal::RestoreReport& report,
                         const std::string& out);
std::string overview_json(const std::string& dir, const std::vector<journal::GenerationOverview>& all);
std::string statistics_json(const journal::Statistics& facts);
std::string verification_json(const std::string& dir, const journal::VerificationReport& report);
// A command of the stream, for history and tail.
std::string change_json(uint64_t generation, const journal::NotedCommand& command);

}  // namespace holdfast::cli
