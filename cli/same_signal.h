// When a signal is the one before it, passed on once more.
#pragma once

#include <cstdint>

namespace holdfast::cli {

// A shell, timeout(1) and a terminal may all pass on the same Ctrl-C: what comes that soon is not a second
// one.
inline constexpr uint64_t kSameSignalNs = 1'000'000'000;

}  // namespace holdfast::cli
