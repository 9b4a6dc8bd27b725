// What became of the attempts to reload the configuration. Written by the main thread, which also answers
// scrapes. Owned by the command line.
#pragma once

#include "base/counter.h"

namespace holdfast::metrics {

struct ReloadStats {
  Counter applied, refused;    // ever
  Counter last_refused;        // 1: the last attempt was refused, what is served is older than the file
  Counter applied_at_unix_ms;  // when what is served was read
};

}  // namespace holdfast::metrics
