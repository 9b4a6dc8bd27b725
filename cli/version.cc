#include "cli/version.h"

namespace holdfast::cli {

// HOLDFAST_VERSION comes from CMakeLists.txt's project().
const char* version() {
  return HOLDFAST_VERSION;
}

}  // namespace holdfast::cli
