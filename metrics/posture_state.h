// What is known of the posture of one upstream: the last answer and what the rules say about it. Plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posture/answer.h"
#include "posture/facts.h"
#include "posture/rule.h"

namespace holdfast::metrics {

// Writes are refused although Redis would take them.
struct WriteHalt {
  std::string rule;    // of `require`: the first that is not met
  std::string where;   // its place there, file:line
  std::string reason;  // one sentence: what is the case, and what to do

  friend bool operator==(const WriteHalt&, const WriteHalt&) = default;
};

struct PostureState {
  bool watched = true;
  int64_t unix_ms = 0;   // of the last poll that was answered; 0: none was yet
  std::string problem;   // why the last poll was not answered; empty when it was
  posture::Facts facts;  // of the last one that was
  std::vector<posture::Finding> findings;
  posture::Answer answer;             // of the last poll that was answered
  std::vector<std::string> required;  // the rules of `require`
  std::optional<WriteHalt> halt;      // by them
};

}  // namespace holdfast::metrics
