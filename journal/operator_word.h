// What the operator says after a history break: `holdfast accept` and `holdfast recover`.
//
// It is left as a file in the journal directory, because the command runs in another process than the one
// that holds the directory. The journal thread acts on it at its next check of a history break and
// removes it when that is done; a word that no break waits for is removed too.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/durable_file.h"

namespace holdfast::journal {

inline constexpr std::string_view kAcceptName = "holdfast.accept";
inline constexpr std::string_view kRecoverName = "holdfast.recover";

enum class OperatorWord {
  kNone,
  kAccept,   // go on with what Redis has; the history so far stays as a generation
  kRecover,  // give Redis what is journaled; what it has is kept as a generation
  kReapply,  // run the operations that it lost on it, and go on with that
};

// Any process, any thread. kInvalid when `dir` is not a journal. The last word counts.
Status leave_word(const std::string& dir, OperatorWord word);

// For the journal thread.
OperatorWord read_word(const std::string& dir);
Status forget_word(FileSystem& files, const std::string& dir);

}  // namespace holdfast::journal
