// A compaction that somebody asks for: `holdfast journal compact`.
//
// It is left as a file in the journal directory, because the command runs in another process than the one
// that holds the directory. The journal thread takes it within a few seconds and answers in another file,
// under the token of the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr std::string_view kCompactName = "holdfast.compact";
inline constexpr std::string_view kCompactResultName = "holdfast.compact.result";

// For the command. A token of its own.
Result<std::string> request_compaction(const std::string& dir);
// The answer to a token: the sentence, or an Error with it. Nothing: not yet.
std::optional<Result<std::string>> compaction_answer(const std::string& dir, const std::string& token);

// For the journal thread: the token that waits; the request is removed. Empty: none.
std::string take_compaction_request(const std::string& dir);
void answer_compaction(const std::string& dir, const std::string& token, bool good,
                       const std::string& sentence);

}  // namespace holdfast::journal
