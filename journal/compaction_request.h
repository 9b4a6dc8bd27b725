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

// One command asks at a time: there is room for one request and one answer. A lock on the directory itself,
// which leaves no file behind and ends with the process. Of the command, one thread.
class CompactionTurn {
 public:
  explicit CompactionTurn(const std::string& dir);
  ~CompactionTurn();
  CompactionTurn(const CompactionTurn&) = delete;
  CompactionTurn& operator=(const CompactionTurn&) = delete;

  // False: another command has it. True as well where directories cannot be locked.
  bool take();

 private:
  int fd_;
};

// For the command whose turn it is. A token of its own.
Result<std::string> request_compaction(const std::string& dir);
// The answer to a token: the sentence, or an Error with it. Nothing: not yet.
std::optional<Result<std::string>> compaction_answer(const std::string& dir, const std::string& token);

// For the journal thread: the token that waits; the request is removed. Empty: none.
std::string take_compaction_request(const std::string& dir);
void answer_compaction(const std::string& dir, const std::string& token, bool good,
                       const std::string& sentence);

}  // namespace holdfast::journal
