// What is known of the posture of one upstream: the last answer and what the rules say about it. Plain
// values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posture/facts.h"
#include "posture/rule.h"

namespace holdfast::metrics {

struct PostureState {
  bool watched = true;
  int64_t unix_ms = 0;   // of the last poll that was answered; 0: none was yet
  std::string problem;   // why the last poll was not answered; empty when it was
  posture::Facts facts;  // of the last one that was
  std::vector<posture::Finding> findings;
};

}  // namespace holdfast::metrics
