// The operator's word that what Redis has now replaces what is journaled: `holdfast accept`.
//
// It is left as a file in the journal directory, because the command runs in another process than the one
// that holds the directory. The journal thread acts on it at its next check of a history break and
// removes it when the new generation is durable.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

inline constexpr std::string_view kAcceptName = "holdfast.accept";

// Any process, any thread. kInvalid when `dir` is not a journal.
Status accept_history(const std::string& dir);

// For the journal thread.
bool history_accepted(const std::string& dir);

}  // namespace holdfast::journal
