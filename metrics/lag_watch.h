// Says in the log when a journal falls behind Redis for long, and when it has caught up: a disk that hangs
// tells nothing itself.
//
// Main thread.
#pragma once

#include <vector>

#include "metrics/sources.h"

namespace holdfast::metrics {

class LagWatch {
 public:
  // Now and then; says each thing once.
  void look(const Sources& sources);

 private:
  std::vector<bool> behind_;  // by upstream
};

}  // namespace holdfast::metrics
