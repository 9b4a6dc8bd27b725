// What becomes of a command, whichever rule decides.
#pragma once

#include <cstdint>

namespace holdfast::policy {

enum class Decision : uint8_t {
  kAllow,
  kRefuse,
  kObserve,  // mode = "audit": would be refused, is counted and let through
};

}  // namespace holdfast::policy
